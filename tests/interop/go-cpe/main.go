// Command go-cpe compares CPE names as nvdtools does: one pair of formatted strings a line, separated by a tab; one
// relation a line, or "error: ..." for what it does not answer.
package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"github.com/facebookincubator/nvdtools/wfn"
)

func relation(source, target string) (string, error) {
	left, err := wfn.UnbindFmtString(source)
	if err != nil {
		return "", err
	}
	right, err := wfn.UnbindFmtString(target)
	if err != nil {
		return "", err
	}
	compared, err := wfn.Compare(left, right)
	if err != nil {
		return "", err
	}
	switch {
	case compared.IsEqual():
		return "EQUAL", nil
	case compared.IsSuperset():
		return "SUPERSET", nil
	case compared.IsSubset():
		return "SUBSET", nil
	case compared.IsDisjoint():
		return "DISJOINT", nil
	}
	return "UNDEFINED", nil
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for lines.Scan() {
		source, target, _ := strings.Cut(lines.Text(), "\t")
		answer, err := relation(source, target)
		if err != nil {
			answer = "error: " + strings.ReplaceAll(err.Error(), "\n", " ")
		}
		fmt.Fprintln(out, answer)
	}
}
