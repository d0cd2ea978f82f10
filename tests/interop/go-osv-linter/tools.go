//go:build tools

// Package tools pins osv-linter, whose module says another path than the one that it is found at.
package tools

import _ "github.com/ossf/osv-schema/linter/cmd/osv"
