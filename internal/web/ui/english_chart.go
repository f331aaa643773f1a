package ui

// englishChart holds the words around a chart.
var englishChart = map[string]string{
	"chart.none":  "Nothing yet.",
	"chart.table": "As a table",
	"chart.day":   "Day",
	"chart.rest":  "%d others",
}
