package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
)

// One thing wrong at a time, done to the files of anybody's folder. Operators that cheat are in cheat.go.

type object = map[string]any

// A tamperKind does its damage to the files of a copy, or to the writing of a new world.
type tamperKind struct {
	kind   string
	reason string // a part of what verify says about it
	damage func(d *damaged)
	cheat  func() cheat
}

// damaged is a copy to be spoilt. The first error stays.
type damaged struct {
	dir string
	err error
}

func (d *damaged) check(err error) {
	if d.err == nil {
		d.err = err
	}
}

func (d *damaged) files(pattern string) []string {
	paths, _ := filepath.Glob(filepath.Join(d.dir, pattern))
	if len(paths) == 0 {
		d.check(fmt.Errorf("no %s to tamper with", pattern))
	}
	return paths
}

// edit rewrites a file's bytes.
func (d *damaged) edit(path string, change func([]byte) []byte) {
	data, err := os.ReadFile(path)
	d.check(err)
	if d.err == nil {
		d.check(os.WriteFile(path, change(data), 0o644))
	}
}

// replace puts one text for another, once.
func (d *damaged) replace(pattern, old, new string) {
	for _, path := range d.files(pattern) {
		data, err := os.ReadFile(path)
		d.check(err)
		if bytes.Contains(data, []byte(old)) {
			d.edit(path, func(data []byte) []byte { return bytes.Replace(data, []byte(old), []byte(new), 1) })
			return
		}
	}
	d.check(fmt.Errorf("no %q in %s", old, pattern))
}

// record rewrites the first record, that of the most events first, for which change says yes.
func (d *damaged) record(change func(r object) bool) {
	paths := d.files("custody/*.json")
	sort.SliceStable(paths, func(i, j int) bool { return size(paths[i]) > size(paths[j]) })
	for _, path := range paths {
		data, err := os.ReadFile(path)
		d.check(err)
		v, err := parseJSON(data)
		d.check(err)
		if d.err != nil {
			return
		}
		if change(v.(object)) {
			d.check(os.WriteFile(path, canonical(v), 0o644))
			return
		}
	}
	d.check(errors.New("no record that this kind could be done to"))
}

func size(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

func events(r object) []any { return r["events"].([]any) }

func isCase(r object) bool { return r["kind"] == "case" && len(events(r)) >= 4 }

// inCase changes event n of a case.
func (d *damaged) inCase(n int, change func(e object)) {
	d.record(func(r object) bool {
		if isCase(r) {
			change(events(r)[n].(object))
		}
		return isCase(r)
	})
}

// fieldOf changes the first field, of any event of a case, that fits.
func (d *damaged) fieldOf(fits func(f object) bool, change func(f object)) {
	d.record(func(r object) bool {
		for _, e := range events(r) {
			for _, f := range e.(object)["fields"].([]any) {
				if isCase(r) && fits(f.(object)) {
					change(f.(object))
					return true
				}
			}
		}
		return false
	})
}

func named(name string) func(object) bool {
	return func(f object) bool { _, shown := f["value"]; return f["name"] == name && shown }
}

func keptBack(f object) bool { _, kept := f["hash"]; return kept }

// keepBack does it rightly, so that only the rule stands against it.
func keepBack(f object) {
	salt, err := digestFrom(f["salt"])
	if err == nil {
		f["hash"], f["reason"] = fieldHash(salt, f["name"].(string), f["value"]).b64(), "text"
		delete(f, "value")
		delete(f, "salt")
	}
}

// flip changes one bit of the first file.
func (d *damaged) flip(pattern string, at int) {
	d.edit(d.files(pattern)[0], func(data []byte) []byte {
		data[(at+len(data))%len(data)] ^= 1
		return data
	})
}

// extra rewrites what a receipt says.
func (d *damaged) extra(change func(o object)) {
	d.edit(d.files("receipts/*.tlog-proof")[0], func(data []byte) []byte {
		lines := strings.Split(string(data), "\n")
		raw, err := fromB64(strings.TrimPrefix(lines[1], "extra "))
		d.check(err)
		v, err := parseJSON(raw)
		d.check(err)
		if d.err != nil {
			return data
		}
		change(v.(object))
		lines[1] = "extra " + b64(canonical(v))
		return []byte(strings.Join(lines, "\n"))
	})
}

// line rewrites one line of the first file, counted from 0, or from the end if negative.
func (d *damaged) line(pattern string, n int, change func(string) string) {
	d.edit(d.files(pattern)[0], func(data []byte) []byte {
		lines := strings.Split(string(data), "\n")
		n := (n + len(lines)) % len(lines)
		lines[n] = change(lines[n])
		return []byte(strings.Join(lines, "\n"))
	})
}

func plusOne(o object, key string) { o[key] = o[key].(int64) + 1 }

// other changes base64 into other base64 of the same length.
func other(text string) string {
	raw, _ := fromB64(text)
	raw[0] ^= 1
	return b64(raw)
}

// without removes lines that hold a word.
func (d *damaged) without(path, word string) {
	d.edit(filepath.Join(d.dir, path), func(data []byte) []byte {
		var out []string
		for _, line := range strings.Split(string(data), "\n") {
			if !strings.Contains(line, word) {
				out = append(out, line)
			}
		}
		return []byte(strings.Join(out, "\n"))
	})
}

// archived is the path of the archived checkpoint that is the same as the latest.
func (d *damaged) archived() string {
	data, err := os.ReadFile(filepath.Join(d.dir, "log", "checkpoint"))
	d.check(err)
	point, err := parseCheckpoint(string(data))
	d.check(err)
	return "log/checkpoints/" + strconv.FormatInt(point.tree.N, 10)
}

func tamper(dir, out, kind string) error {
	for _, one := range tampers {
		if one.kind != kind {
			continue
		}
		if one.cheat != nil {
			return makeWorld(out, 0, one.cheat())
		}
		if err := copyDir(dir, out); err != nil {
			return err
		}
		d := &damaged{dir: out}
		one.damage(d)
		return d.err
	}
	return fmt.Errorf("no kind %q", kind)
}

func copyDir(from, to string) error {
	return fs.WalkDir(os.DirFS(from), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(from, path))
		if err == nil {
			err = os.MkdirAll(filepath.Dir(filepath.Join(to, path)), 0o755)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(to, path), data, 0o644)
		}
		return err
	})
}
