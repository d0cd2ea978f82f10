package main

import (
	"errors"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// JSON in the value domain of ledger.md: nil, bool, int64, string, []any and map[string]any. Numbers
// with a fraction or an exponent, equal keys, lone surrogates and invalid UTF-8 are refused.

const (
	maxInteger = 1<<53 - 1 // "less than 2^53 in size"
	maxDepth   = 64        // the pages name no limit; this is ours
)

type parser struct {
	text []byte
	at   int
}

// parseJSON reads exactly one value. Errors name the byte where it went wrong.
func parseJSON(text []byte) (any, error) {
	if !utf8.Valid(text) {
		return nil, errors.New("not UTF-8")
	}
	p := &parser{text: text}
	out, err := p.value(0)
	if err == nil {
		if p.space(); p.at < len(text) {
			err = errors.New("more than one value")
		}
	}
	if err != nil {
		return nil, fmt.Errorf("JSON, byte %d: %w", p.at, err)
	}
	return out, nil
}

func (p *parser) space() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

// next skips space and shows the next byte, 0 at the end.
func (p *parser) next() byte {
	p.space()
	if p.at == len(p.text) {
		return 0
	}
	return p.text[p.at]
}

func (p *parser) take(word string) bool {
	if strings.HasPrefix(string(p.text[p.at:min(len(p.text), p.at+len(word))]), word) {
		p.at += len(word)
		return true
	}
	return false
}

func (p *parser) value(depth int) (any, error) {
	if depth > maxDepth {
		return nil, errors.New("nested too deeply")
	}
	switch c := p.next(); {
	case c == '{':
		return p.object(depth)
	case c == '[':
		return p.array(depth)
	case c == '"':
		return p.str()
	case c == '-' || c >= '0' && c <= '9':
		return p.integer()
	case p.take("true"):
		return true, nil
	case p.take("false"):
		return false, nil
	case p.take("null"):
		return nil, nil
	}
	return nil, errors.New("a value is expected")
}

func (p *parser) object(depth int) (any, error) {
	out := map[string]any{}
	p.at++
	if p.next() == '}' {
		p.at++
		return out, nil
	}
	for {
		if p.next() != '"' {
			return nil, errors.New("a key is expected")
		}
		key, err := p.str()
		if err != nil {
			return nil, err
		}
		if _, twice := out[key]; twice {
			return nil, fmt.Errorf("the key %q stands twice", key)
		}
		if p.next() != ':' {
			return nil, errors.New("a colon is expected")
		}
		p.at++
		if out[key], err = p.value(depth + 1); err != nil {
			return nil, err
		}
		switch p.next() {
		case ',':
			p.at++
		case '}':
			p.at++
			return out, nil
		default:
			return nil, errors.New("a comma or } is expected")
		}
	}
}

func (p *parser) array(depth int) (any, error) {
	out := []any{}
	p.at++
	if p.next() == ']' {
		p.at++
		return out, nil
	}
	for {
		member, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		out = append(out, member)
		switch p.next() {
		case ',':
			p.at++
		case ']':
			p.at++
			return out, nil
		default:
			return nil, errors.New("a comma or ] is expected")
		}
	}
}

func (p *parser) integer() (any, error) {
	from := p.at
	for p.at < len(p.text) && strings.IndexByte("+-.0123456789eE", p.text[p.at]) >= 0 {
		p.at++
	}
	word := string(p.text[from:p.at])
	n, err := strconv.ParseInt(word, 10, 64)
	if err != nil || n > maxInteger || n < -maxInteger || strconv.FormatInt(n, 10) != word {
		return nil, fmt.Errorf("%s is no integer below 2^53 in its shortest form", word)
	}
	return n, nil
}

func (p *parser) str() (string, error) {
	var out strings.Builder
	for p.at++; p.at < len(p.text); {
		switch c := p.text[p.at]; {
		case c == '"':
			p.at++
			return out.String(), nil
		case c < 0x20:
			return "", errors.New("a control character in a string")
		case c == '\\':
			r, err := p.escape()
			if err != nil {
				return "", err
			}
			out.WriteRune(r)
		default:
			out.WriteByte(c)
			p.at++
		}
	}
	return "", errors.New("a string without an end")
}

func (p *parser) escape() (rune, error) {
	if p.at+1 >= len(p.text) {
		return 0, errors.New("a string without an end")
	}
	c := p.text[p.at+1]
	if c != 'u' {
		p.at += 2
		if i := strings.IndexByte(`"\/bfnrt`, c); i >= 0 {
			return rune("\"\\/\b\f\n\r\t"[i]), nil
		}
		return 0, errors.New("an unknown escape")
	}
	r, err := p.hex4()
	if err == nil && utf16.IsSurrogate(r) {
		low, lowErr := rune(0), errors.New("")
		if p.at+1 < len(p.text) && p.text[p.at] == '\\' && p.text[p.at+1] == 'u' {
			low, lowErr = p.hex4()
		}
		if r = utf16.DecodeRune(r, low); lowErr != nil || r == utf8.RuneError {
			return 0, errors.New("half of a surrogate pair")
		}
	}
	return r, err
}

func (p *parser) hex4() (rune, error) {
	if p.at+6 > len(p.text) {
		return 0, errors.New("a string without an end")
	}
	n, err := strconv.ParseUint(string(p.text[p.at+2:p.at+6]), 16, 16)
	if err != nil {
		return 0, errors.New(`\u needs four hex digits`)
	}
	p.at += 6
	return rune(n), nil
}

// canonical is RFC 8785 for the domain above.
func canonical(v any) []byte { return appendJCS(nil, v) }

func appendJCS(out []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(out, "null"...)
	case bool:
		return strconv.AppendBool(out, v)
	case int64:
		return strconv.AppendInt(out, v, 10)
	case string:
		return appendString(out, v)
	case []any:
		out = append(out, '[')
		for i, member := range v {
			if i > 0 {
				out = append(out, ',')
			}
			out = appendJCS(out, member)
		}
		return append(out, ']')
	case map[string]any:
		keys := make([]string, 0, len(v))
		for key := range v {
			keys = append(keys, key)
		}
		sort.Slice(keys, func(i, j int) bool { return lessUTF16(keys[i], keys[j]) })
		out = append(out, '{')
		for i, key := range keys {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(appendString(out, key), ':')
			out = appendJCS(out, v[key])
		}
		return append(out, '}')
	}
	panic(fmt.Sprintf("%T is outside the value domain", v))
}

// lessUTF16 orders by code units (RFC 8785, 3.2.3), which differs from bytes above U+D7FF.
func lessUTF16(a, b string) bool {
	x, y := utf16.Encode([]rune(a)), utf16.Encode([]rune(b))
	for i := 0; i < len(x) && i < len(y); i++ {
		if x[i] != y[i] {
			return x[i] < y[i]
		}
	}
	return len(x) < len(y)
}

func appendString(out []byte, s string) []byte {
	out = append(out, '"')
	for i := 0; i < len(s); i++ {
		c := s[i]
		if at := strings.IndexByte("\"\\\b\f\n\r\t", c); at >= 0 {
			out = append(out, '\\', `"\bfnrt`[at])
		} else if c < 0x20 {
			out = append(out, fmt.Sprintf(`\u%04x`, c)...)
		} else {
			out = append(out, c)
		}
	}
	return append(out, '"')
}

func min(a, b int) int {
	if a < b {
		return a
	}
	return b
}
