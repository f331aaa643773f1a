//go:build pin

package main

// The import keeps the module in go.mod; only its data files are used.
import _ "github.com/esimov/pigo/core"
