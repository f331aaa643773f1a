// Command assets makes everything that the pages load: scripts and styles in one file each, typefaces, licence texts.
//
// It bundles internal/web/ui/src into internal/web/ui/dist under names that carry a hash of the content, so that browsers
// may keep them for ever, and writes manifest.json (plain name → hashed name) for the server to read.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	ui := flag.String("ui", "../internal/web/ui", "folder that holds src, node_modules and dist")
	flag.Parse()
	n, err := Build(*ui)
	if err != nil {
		fmt.Fprintln(os.Stderr, "assets:", err)
		os.Exit(1)
	}
	fmt.Printf("assets: %d files in %s/dist\n", n, *ui)
}
