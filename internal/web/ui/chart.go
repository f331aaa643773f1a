package ui

import (
	"bytes"
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"time"
)

// Chart is counts by day of several things, such as the requests of each API key.
type Chart struct {
	Title  string
	Days   []time.Time // without gaps, the oldest first
	Series []Series
}

// Series is one thing's counts: one for each day of the chart.
type Series struct {
	Name   string
	Counts []int
}

// How the chart is drawn, in units of its viewBox. Everything beyond the fourth series is drawn as one.
const (
	chartW, chartH = 720, 180
	chartSeries    = 4
)

// chartFills tell series apart by darkness and by pattern, never by hue: ink on paper.
var chartFills = [chartSeries + 1]fill{{"0.9", false}, {"0.45", false}, {"0.9", true}, {"0.2", false}, {"0.45", true}}

type fill struct {
	Opacity string
	Striped bool
}

// UsageChart draws stacked bars as SVG with nothing but presentation attributes, which the content security policy lets
// pass, together with a legend and the same figures as a table. A chart without any count is a sentence.
func (u *UI) UsageChart(c Chart) (template.HTML, error) {
	for _, s := range c.Series {
		if len(s.Counts) != len(c.Days) {
			return "", fmt.Errorf("a chart of %d days has a series of %d", len(c.Days), len(s.Counts))
		}
	}
	drawn, err := u.drawChart(c)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	if err := chartTemplate.Execute(&b, drawn); err != nil {
		return "", fmt.Errorf("draw a chart: %w", err)
	}
	return template.HTML(b.String()), nil //nolint:gosec // html/template wrote it and escaped what is in it
}

// drawing is a chart with everything in its place.
type drawing struct {
	Chart

	Words       map[string]string
	W, H        int
	Most        string // the top line's label
	First, Last string // the ends of the axis
	Legend      []legend
	Bars        []bar
	Rows        []row
}

type legend struct {
	fill

	Name, Total string
}

type bar struct {
	fill

	X, Y, W, H, Say string
}

type row struct {
	Day    string
	Counts []string
}

func (u *UI) drawChart(c Chart) (drawing, error) {
	d := drawing{Chart: c, W: chartW, H: chartH, Words: map[string]string{}}
	for _, key := range []string{"chart.none", "chart.table", "chart.day"} {
		text, err := u.texts.Say(key)
		if err != nil {
			return d, err
		}
		d.Words[key] = text
	}
	c.Series = u.together(c.Series, len(c.Days))
	d.Chart = c
	sums := make([]int, len(c.Days))
	for _, s := range c.Series {
		for i, n := range s.Counts {
			sums[i] += n
		}
	}
	most := 0
	if len(sums) > 0 {
		most = roundUp(slices.Max(sums))
	}
	if most == 0 {
		return d, nil
	}
	d.Most = strconv.Itoa(most)
	d.First, d.Last = day(c.Days[0]), day(c.Days[len(c.Days)-1])
	for i, s := range c.Series {
		d.Legend = append(d.Legend, legend{chartFills[i], s.Name, strconv.Itoa(total(s.Counts))})
	}
	d.Bars = bars(c, most)
	for i := len(sums) - 1; i >= 0; i-- {
		if sums[i] == 0 {
			continue
		}
		r := row{Day: day(c.Days[i])}
		for _, s := range c.Series {
			r.Counts = append(r.Counts, strconv.Itoa(s.Counts[i]))
		}
		d.Rows = append(d.Rows, r)
	}
	return d, nil
}

// together keeps the series with the largest counts and adds the rest up.
func (u *UI) together(all []Series, days int) []Series {
	if len(all) <= chartSeries {
		return all
	}
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b Series) int { return cmp.Compare(total(b.Counts), total(a.Counts)) })
	rest := Series{Name: u.texts.Text("chart.rest", len(all)-chartSeries), Counts: make([]int, days)}
	for _, s := range all[chartSeries:] {
		for i, n := range s.Counts {
			rest.Counts[i] += n
		}
	}
	return append(all[:chartSeries:chartSeries], rest)
}

// bars stacks the days' counts from the ground up.
func bars(c Chart, most int) (all []bar) {
	step := float64(chartW) / float64(len(c.Days))
	for i, d := range c.Days {
		y := float64(chartH)
		for at, s := range c.Series {
			if s.Counts[i] == 0 {
				continue
			}
			h := float64(s.Counts[i]) / float64(most) * chartH
			y -= h
			all = append(all, bar{chartFills[at], unit(float64(i)*step + step*0.12), unit(y), unit(step * 0.76), unit(h),
				fmt.Sprintf("%s, %s: %d", day(d), s.Name, s.Counts[i])})
		}
	}
	return all
}

func total(counts []int) (sum int) {
	for _, n := range counts {
		sum += n
	}
	return sum
}

// roundUp is the least even number of one leading 1, 2, 4, 6 or 8 that is not below n: a scale that is easily read.
func roundUp(n int) int {
	if n == 0 {
		return 0
	}
	for ten := 1; ; ten *= 10 {
		for _, lead := range []int{1, 2, 4, 6, 8} {
			if top := lead * ten; top >= n && top%2 == 0 {
				return top
			}
		}
	}
}

func unit(v float64) string  { return strconv.FormatFloat(v, 'f', 1, 64) }
func day(t time.Time) string { return t.UTC().Format("2 January 2006") }

// Drawn reports whether there is anything to draw.
func (d drawing) Drawn() bool { return len(d.Bars) > 0 }

// Middle is the height of the line halfway up.
func (d drawing) Middle() int { return d.H / 2 }

// Paint is the value of the fill attribute.
func (f fill) Paint() string {
	if f.Striped {
		return "url(#chart-stripes)"
	}
	return "currentColor"
}

var chartTemplate = template.Must(template.New("chart").Parse(`<figure class="chart">
<figcaption>{{.Title}}</figcaption>
{{- if .Drawn}}
<ul>
{{- range .Legend}}
<li><svg width="14" height="14" aria-hidden="true"><rect width="14" height="14" fill="{{.Paint}}" fill-opacity="{{.Opacity}}"/></svg> {{.Name}} <span>{{.Total}}</span></li>
{{- end}}
</ul>
<p aria-hidden="true">{{.Most}}</p>
<svg viewBox="0 0 {{.W}} {{.H}}" preserveAspectRatio="none" role="img" aria-label="{{.Title}}">
<title>{{.Title}}</title>
<defs><pattern id="chart-stripes" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="3" height="6" fill="currentColor"/></pattern></defs>
<path d="M0 0.5H{{.W}}M0 {{.Middle}}H{{.W}}M0 {{.H}}H{{.W}}" fill="none" stroke="currentColor" stroke-opacity="0.25" vector-effect="non-scaling-stroke"/>
{{- range .Bars}}
<rect x="{{.X}}" y="{{.Y}}" width="{{.W}}" height="{{.H}}" fill="{{.Paint}}" fill-opacity="{{.Opacity}}"><title>{{.Say}}</title></rect>
{{- end}}
</svg>
<p aria-hidden="true"><span>{{.First}}</span> <span>{{.Last}}</span></p>
<details><summary>{{index .Words "chart.table"}}</summary>
<div class="table"><table><thead><tr><th scope="col">{{index .Words "chart.day"}}</th>{{range .Series}}<th scope="col">{{.Name}}</th>{{end}}</tr></thead>
<tbody>
{{- range $row := .Rows}}
<tr><th scope="row">{{.Day}}</th>{{range $i, $n := .Counts}}<td data-head="{{(index $.Series $i).Name}}">{{$n}}</td>{{end}}</tr>
{{- end}}
</tbody></table></div></details>
{{- else}}
<p>{{index .Words "chart.none"}}</p>
{{- end}}
</figure>
`))
