// Command assets makes everything that the pages load: scripts and styles in one file each, typefaces, licence texts.
//
// It bundles internal/web/ui/src into internal/web/ui/dist under names that carry a hash of the content, so that browsers
// may keep them for ever, and writes manifest.json (plain name → hashed name) for the server to read.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
)

func main() {
	ui := flag.String("ui", "../internal/web/ui", "folder that holds src, node_modules and dist")
	root := flag.String("root", "..", "folder of the program's module")
	program := flag.String("program", "./cmd/easel", "main package whose modules' licences the pages show")
	tags := flag.String("tags", "", "build tags of the program")
	flag.Parse()
	linked, err := modules(context.Background(), *root, *program, *tags)
	n := 0
	if err == nil {
		n, err = Build(*ui, linked)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "assets:", err)
		os.Exit(1)
	}
	fmt.Printf("assets: %d files in %s/dist\n", n, *ui)
}
