package policy

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// largest is far above any policy file and keeps a mistaken path (a picture, a disk) out of the parser.
const largest = 1 << 20

// Decode reads one policy file strictly: a key that it does not know, a wrong type and a clause that the server cannot
// enforce are refused, each with file and line. name is the file's name for the message. Clauses of a planned studio are
// read but need not be enforceable.
func Decode(name string, data []byte) (*Studio, error) {
	if len(data) > largest {
		return nil, fmt.Errorf("%s is larger than a policy file can be (1 MB)", name)
	}
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, located(name, err)
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		return nil, fmt.Errorf("%s has %d declarations; a policy file declares one studio", name, countBodies(file))
	}
	var s Studio
	if err := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict()).Decode(&s); err != nil && !errors.Is(err, io.EOF) {
		return nil, located(name, err)
	}
	s.file, s.tree = name, file
	if found := append(s.Check(), s.figures()...); len(found) > 0 {
		return nil, s.problems(found)
	}
	if s.digest, err = digest(data); err != nil {
		return nil, located(name, err)
	}
	s.fill()
	return &s, nil
}

// problems are all that was found, a line each.
func (s *Studio) problems(found []Problem) error {
	said := make([]string, len(found))
	for i, p := range found {
		said[i] = fmt.Sprintf("%s: %s %s", s.At(p.Clause), p.Clause, p.Say)
	}
	return errors.New(strings.Join(said, "\n"))
}

// digest is of what the file declares, however it is written down, and whatever else a later program reads from it.
func digest(data []byte) (string, error) {
	var all map[string]any
	if err := yaml.Unmarshal(data, &all); err != nil {
		return "", err
	}
	text, err := json.Marshal(all)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

func countBodies(file *ast.File) int {
	n := 0
	for _, d := range file.Docs {
		if d.Body != nil {
			n++
		}
	}
	return n
}

// located puts the line in front of what the decoder says, without its drawing of the source.
func located(name string, err error) error {
	var at yaml.Error
	if errors.As(err, &at) && at.GetToken() != nil && at.GetToken().Position != nil {
		return fmt.Errorf("%s:%d: %s", name, at.GetToken().Position.Line, at.GetMessage())
	}
	return fmt.Errorf("%s: %w", name, err)
}

func at(name string, file *ast.File, clause string) string {
	return fmt.Sprintf("%s:%d", name, lineOf(file, clause))
}

// lineOf returns the line of a clause such as retention.upload.keep, or of the nearest clause above it that is written.
func lineOf(file *ast.File, clause string) int {
	for clause != "" {
		if path, err := yaml.PathString("$." + clause); err == nil {
			if node, err := path.FilterFile(file); err == nil && node != nil && node.GetToken() != nil {
				at := keyed{value: node, line: node.GetToken().Position.Line}
				ast.Walk(&at, file.Docs[0].Body)
				return at.line
			}
		}
		clause = clause[:max(0, strings.LastIndexAny(clause, ".["))]
	}
	return 1
}

// keyed finds the line of the key that a value belongs to: a map begins on a line below it.
type keyed struct {
	value ast.Node
	line  int
}

// Visit is called for every node of the file.
func (k *keyed) Visit(n ast.Node) ast.Visitor {
	if pair, ok := n.(*ast.MappingValueNode); ok && pair.Value == k.value {
		k.line = pair.Key.GetToken().Position.Line
	}
	return k
}
