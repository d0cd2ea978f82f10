package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Receipts (receipt.md, C2SP tlog-proof) and promises.

type receipt struct {
	tag    digest
	event  event
	leaf   int64
	proof  tlog.RecordProof
	signed []byte // the checkpoint, verbatim
}

func parseReceipt(text string) (*receipt, error) {
	head, signed, found := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	if !found || len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return nil, errors.New("not a tlog-proof with an extra line")
	}
	r := &receipt{signed: []byte(signed)}
	extra, isExtra := cutPrefix(lines[1], "extra ")
	raw, err := fromB64(extra)
	if !isExtra || err != nil {
		return nil, errors.New("the second line is not extra with base64")
	}
	if err := r.extra(raw); err != nil {
		return nil, err
	}
	index, isIndex := cutPrefix(lines[2], "index ")
	r.leaf, err = strconv.ParseInt(index, 10, 64)
	if !isIndex || err != nil || r.leaf < 0 || strconv.FormatInt(r.leaf, 10) != index {
		return nil, errors.New("the third line is not index with a decimal number")
	}
	for _, line := range lines[3:] {
		hash, err := digestFrom(line)
		if err != nil {
			return nil, fmt.Errorf("proof: %w", err)
		}
		r.proof = append(r.proof, tlog.Hash(hash))
	}
	return r, nil
}

func (r *receipt) extra(raw []byte) error {
	v, err := parseJSON(raw)
	if err != nil {
		return fmt.Errorf("extra: %w", err)
	}
	if string(canonical(v)) != string(raw) {
		return errors.New("extra: not canonical (RFC 8785)")
	}
	f := &form{}
	o := f.object(v, "extra", "format", "tag", "fields")
	if f.text(o["format"], "extra/format") != "weir-receipt/v1" {
		f.fail("extra/format", "not weir-receipt/v1")
	}
	r.tag = f.digest(o["tag"], "extra/tag")
	r.event.fields = f.fields(o["fields"], "extra", "person", "agreement", "text", "content", "position")
	r.event.byName = names(r.event.fields)
	for _, one := range r.event.fields {
		if one.reason == "position" && one.name != "index" {
			f.fail("extra", "%s is kept back for its position", one.name)
		}
	}
	f.skeleton(&r.event, "extra", true)
	r.event.commitment = commitment(r.event.fields)
	return f.err
}

// offline is what receipt.md asks of somebody who has the receipt, the vkey and the policy alone.
func (r *receipt) offline(trust *trust) (checkpoint, error) {
	point, err := trust.open(r.signed)
	if err != nil {
		return point, fmt.Errorf("checkpoint: %w", err)
	}
	if !point.quorum {
		return point, errors.New("checkpoint: no quorum of witnesses")
	}
	if r.event.byName["origin"].value != point.origin {
		return point, errors.New("origin is not that of the checkpoint")
	}
	hash := tlog.RecordHash(leafOf(r.tag, r.event.commitment))
	if r.leaf >= point.tree.N || tlog.CheckRecord(r.proof, point.tree.N, point.tree.Hash, r.leaf, hash) != nil {
		return point, fmt.Errorf("the proof does not show that leaf %d is under checkpoint %d", r.leaf, point.tree.N)
	}
	return point, r.event.contents()
}

func (v *verifier) checkReceipts() {
	paths, _ := filepath.Glob(filepath.Join(v.dir, "receipts", "*.tlog-proof"))
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err == nil {
			err = v.receipt(string(text))
		}
		if err != nil {
			v.wrong(filepath.Join("receipts", filepath.Base(path)), err)
			continue
		}
		v.receipts++
	}
	fmt.Fprintf(v.out, "receipts: %d\n", v.receipts)
}

func (v *verifier) receipt(text string) error {
	r, err := parseReceipt(text)
	if err != nil {
		return err
	}
	point, err := r.offline(&v.trust)
	if err != nil {
		return err
	}
	if kept, archived := v.archive.at(point.tree.N); !archived || kept.tree != point.tree {
		return fmt.Errorf("its checkpoint of size %d is not one of the log's", point.tree.N)
	}
	custody := v.find(r.event.byName["stream"].value.(string))
	if custody == nil {
		return errors.New("no verified record of its stream")
	}
	for i := range custody.events {
		if e := &custody.events[i]; e.leaf == r.leaf {
			return r.against(e, tag(custody.key, e.index))
		}
	}
	return fmt.Errorf("%s has no event at leaf %d", custody.file, r.leaf)
}

func (r *receipt) against(e *event, tag digest) error {
	if r.tag != tag || r.event.commitment != e.commitment || len(r.event.fields) != len(e.fields) {
		return fmt.Errorf("tag or commitment are not those of event %d", e.index)
	}
	for i := range e.fields {
		if e.fields[i].name != r.event.fields[i].name || e.fields[i].digest() != r.event.fields[i].digest() {
			return fmt.Errorf("the field %s is not that of event %d", r.event.fields[i].name, e.index)
		}
	}
	return nil
}

// checkPromises holds DIR/promises/*.txt against the log, if DIR/promise-vkey is there.
func (v *verifier) checkPromises() {
	vkey, err := firstLine(filepath.Join(v.dir, "promise-vkey"))
	if errors.Is(err, os.ErrNotExist) {
		return
	}
	key, err := note.NewVerifier(vkey)
	if err == nil && key.Name() != v.archive.origin+"/promise" {
		err = errors.New("not named after the log's origin")
	}
	if err != nil {
		v.wrong("promise-vkey", err)
		return
	}
	paths, _ := filepath.Glob(filepath.Join(v.dir, "promises", "*.txt"))
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err == nil {
			err = v.promise(text, key)
		}
		if err != nil {
			v.wrong(filepath.Join("promises", filepath.Base(path)), err)
		}
	}
	fmt.Fprintf(v.out, "promises: %d\n", len(paths))
}

func (v *verifier) promise(text []byte, key note.Verifier) error {
	opened, err := note.Open(text, note.VerifierList(key))
	if err != nil {
		return err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 5 || lines[0] != "weir-promise/v1" || lines[1] != v.archive.origin {
		return errors.New("not a promise of this log")
	}
	hash, err := digestFrom(lines[2])
	if err != nil {
		return err
	}
	by, err := timeFrom(lines[3])
	if err != nil {
		return err
	}
	for leaf, bytes := range v.archive.tree.leaves {
		if tlog.RecordHash(bytes) != tlog.Hash(hash) {
			continue
		}
		for _, point := range v.archive.points {
			if point.tree.N > int64(leaf) && point.cosigned {
				if point.earliest.After(by.Add(drift)) {
					return fmt.Errorf("leaf %d was covered late, by checkpoint %d", leaf, point.tree.N)
				}
				break
			}
		}
		return nil
	}
	return errors.New("the leaf that it promises is not in the log")
}

// cutPrefix is strings.CutPrefix, which Go 1.19 has not yet.
func cutPrefix(text, prefix string) (string, bool) {
	return strings.TrimPrefix(text, prefix), strings.HasPrefix(text, prefix)
}
