// Package metrics writes figures about the running program in Prometheus's text form.
package metrics

import (
	"fmt"
	"io"
	"strings"
)

// Figure is one number. By the custom of Prometheus a name that ends in _total is a counter's; every other is a gauge's.
type Figure struct {
	Name  string // such as easel_vault_late_seconds: whose, what, the unit
	Help  string // one line
	Value float64
}

// Yes is 1 for what is so, 0 for what is not.
func Yes(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// Write writes the figures in their order.
func Write(w io.Writer, all ...Figure) error {
	for _, f := range all {
		kind := "gauge"
		if strings.HasSuffix(f.Name, "_total") {
			kind = "counter"
		}
		if _, err := fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s %s\n%s %g\n", f.Name, f.Help, f.Name, kind, f.Name, f.Value); err != nil {
			return err
		}
	}
	return nil
}
