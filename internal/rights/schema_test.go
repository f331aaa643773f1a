package rights_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"reflect"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"easel/internal/receipt"
	"easel/internal/rights"
)

var update = flag.Bool("update", false, "write the schema anew")

// schema is made of the types of the records.
func schema() (huma.Registry, *huma.Schema) {
	named := func(t reflect.Type, hint string) string { // what a receipt is made of has names that records have as well
		name := huma.DefaultSchemaNamer(t, hint)
		if t.PkgPath() == reflect.TypeFor[receipt.Receipt]().PkgPath() && name != "Receipt" {
			name = "Receipt" + name
		}
		return name
	}
	registry := huma.NewMapRegistry("#/$defs/", named)
	root := huma.SchemaFromType(registry, reflect.TypeFor[rights.Archive]())
	return registry, root
}

// TestSchema holds the published schema to the records that are written.
func TestSchema(t *testing.T) {
	t.Parallel()
	registry, root := schema()
	var b bytes.Buffer
	out := json.NewEncoder(&b)
	out.SetIndent("", "  ")
	out.SetEscapeHTML(false)
	if err := out.Encode(map[string]any{"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "What Easel holds about a person",
		"description": "Each property is a file of the archive.", "type": root.Type, "properties": root.Properties, "required": root.Required, "$defs": registry.Map()}); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("schema.json", b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(b.Bytes(), rights.Schema) {
		t.Error("schema.json is not what the records say; run this test with -update and look at what has changed")
	}
}

// valid holds the files of an archive to the schema.
func valid(t *testing.T, files map[string][]byte) {
	t.Helper()
	registry, root := schema()
	if root.Ref != "" {
		root = registry.SchemaFromRef(root.Ref)
	}
	for name, part := range root.Properties {
		data, there := files[name]
		if !there {
			t.Errorf("%s is not there", name)
			continue
		}
		var value any
		if err := json.Unmarshal(data, &value); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		result := &huma.ValidateResult{}
		huma.Validate(registry, part, huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, value, result)
		for _, wrong := range result.Errors {
			t.Errorf("%s: %s", name, fmt.Sprint(wrong))
		}
	}
}
