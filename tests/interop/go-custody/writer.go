package main

import (
	"crypto/ed25519"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// A writer of ledgers from the pages alone. All that is random comes from fixed seeds, so the same
// plan gives the same bytes.

const logOrigin = "log.example/weir"

func seed(name string) digest { return sha([]byte("go-custody test seed "), []byte(name)) }

func reference(name string) string {
	d := seed("reference " + name)
	return lowerBase32.EncodeToString(d[:16])
}

// signer signs as log, promise key or witness, by its algorithm.
type signer struct {
	name      string
	algorithm byte
	key       ed25519.PrivateKey
	at        time.Time // a witness's clock
}

func newSigner(name string, algorithm byte, seedName string) *signer {
	d := seed(seedName)
	return &signer{name: name, algorithm: algorithm, key: ed25519.NewKeyFromSeed(d[:])}
}

func (s *signer) Name() string    { return s.name }
func (s *signer) KeyHash() uint32 { return keyID(s.name, s.algorithm, s.public()) }
func (s *signer) public() []byte  { return s.key.Public().(ed25519.PublicKey) }

func (s *signer) vkey() string {
	return fmt.Sprintf("%s+%08x+%s", s.name, s.KeyHash(), b64(append([]byte{s.algorithm}, s.public()...)))
}

func (s *signer) Sign(text []byte) ([]byte, error) {
	if s.algorithm == algorithmEd25519 {
		return ed25519.Sign(s.key, text), nil
	}
	stamp := make([]byte, stampBytes)
	binary.BigEndian.PutUint64(stamp, uint64(s.at.Unix()))
	return append(stamp, ed25519.Sign(s.key, cosigned(uint64(s.at.Unix()), text))...), nil
}

// written is an event of the writer: the salt is known.
type written struct {
	values map[string]any
	salt   digest
	index  int64
	leaf   int64
	tag    digest
	fields []field
}

type stream struct {
	name, ref, kind string
	key             digest
	linked          []any
	events          []*written
	kept            map[string]string // field name to the reason for which the record keeps it back
	next            int64             // the index of the next event
	prev            digest
}

// cheat lets a test be an operator that breaks a rule and signs it all the same.
type cheat struct {
	event  func(w *writer, s *stream, values map[string]any) // before an event is hashed
	before func(w *writer, s *stream)                        // before an event is appended
	record func(s *stream, record map[string]any)            // before a record is written
	root   func(size int64, root tlog.Hash) tlog.Hash        // before a checkpoint is signed
	finish func(w *writer, e *written)                       // after all else
	sign   func(w *writer, size int64, signers []note.Signer) []note.Signer
}

type writer struct {
	tree
	dir       string
	now       time.Time
	log       *signer
	promise   *signer
	witnesses []*signer
	streams   []*stream
	sealed    []int64
	cheat     cheat
	err       error
}

func newWriter(dir string, cheat cheat) *writer {
	w := &writer{dir: dir, now: time.Date(2026, 11, 23, 13, 20, 0, 0, time.UTC), cheat: cheat,
		log:     newSigner(logOrigin, algorithmEd25519, "log"),
		promise: newSigner(logOrigin+"/promise", algorithmEd25519, "promise"),
		witnesses: []*signer{newSigner("witness.example/one", algorithmCosignature, "witness one"),
			newSigner("witness.example/two", algorithmCosignature, "witness two")}}
	w.file("vkey", []byte(w.log.vkey()+"\n"))
	w.file("promise-vkey", []byte(w.promise.vkey()+"\n"))
	w.file("policy", []byte(fmt.Sprintf("# two witnesses, both asked for\nlog %s\nwitness one %s\nwitness two %s\n"+
		"group both all one two\nquorum both\n", w.log.vkey(), w.witnesses[0].vkey(), w.witnesses[1].vkey())))
	return w
}

func (w *writer) check(err error) {
	if w.err == nil {
		w.err = err
	}
}

func (w *writer) file(path string, data []byte) {
	path = filepath.Join(w.dir, filepath.FromSlash(path))
	w.check(os.MkdirAll(filepath.Dir(path), 0o755))
	w.check(os.WriteFile(path, data, 0o644))
}

func (w *writer) stream(name, kind string, kept map[string]string) *stream {
	s := &stream{name: name, ref: reference(name), kind: kind, key: seed("stream key " + name), kept: kept, linked: []any{}}
	w.streams = append(w.streams, s)
	return s
}

func (w *writer) wait(d time.Duration) { w.now = w.now.Add(d) }

// add appends an event; the skeleton is filled in.
func (w *writer) add(s *stream, kind string, values map[string]any) *written {
	if w.cheat.before != nil {
		w.cheat.before(w, s)
	}
	w.wait(1234 * time.Millisecond)
	all := map[string]any{"v": int64(1), "origin": logOrigin, "stream": s.ref, "index": s.next, "prev": s.prev.b64(),
		"key_commit": keyCommit(s.key).b64(), "type": kind, "time": w.now.Format(timeLayout)}
	if s.next == 0 {
		all["open_by"], all["open_rule"] = "2029-11-22T13:20:00.000Z", "publication+P90D, at most P3Y"
	}
	for name, value := range values {
		all[name] = value
	}
	if w.cheat.event != nil {
		w.cheat.event(w, s, all)
	}
	e := &written{values: all, salt: seed(fmt.Sprintf("event salt %s %d", s.name, s.next)), index: s.next,
		leaf: int64(len(w.leaves)), tag: tag(s.key, s.next)}
	for name, value := range all {
		e.fields = append(e.fields, field{name: name, shown: true, value: value, salt: fieldSalt(e.salt, name)})
	}
	sort.Slice(e.fields, func(i, j int) bool { return e.fields[i].name < e.fields[j].name })
	s.prev = commitment(e.fields)
	w.check(w.tree.append(leafOf(e.tag, s.prev)))
	s.events = append(s.events, e)
	s.next++
	return e
}

func (w *writer) message(size int64) []byte {
	root, err := w.root(size)
	w.check(err)
	if w.cheat.root != nil {
		root = w.cheat.root(size, root)
	}
	signers := []note.Signer{w.log}
	for i, witness := range w.witnesses {
		witness.at = w.now.Add(time.Duration(i+1) * 7 * time.Second)
		signers = append(signers, witness)
	}
	if w.cheat.sign != nil {
		signers = w.cheat.sign(w, size, signers)
	}
	text := fmt.Sprintf("%s\n%d\n%s\n", logOrigin, size, b64(root[:]))
	message, err := note.Sign(&note.Note{Text: text}, signers...)
	w.check(err)
	return message
}

// seal signs and archives a checkpoint over all leaves so far.
func (w *writer) seal() {
	w.wait(20 * time.Second)
	size := int64(len(w.leaves))
	message := w.message(size)
	w.file("log/checkpoint", message)
	w.file("log/checkpoints/"+strconv.FormatInt(size, 10), message)
	files, err := w.files(size)
	w.check(err)
	for path, data := range files {
		w.file("log/"+path, data)
	}
	w.sealed = append(w.sealed, size)
	w.wait(30 * time.Minute)
}

// brackets are the last archived size that does not cover the leaf, and the first that does.
func (w *writer) brackets(leaf int64) (before, after int64) {
	for _, size := range w.sealed {
		if size > leaf {
			return before, size
		}
		before = size
	}
	return before, 0
}

func (e *written) export(kept map[string]string) []any {
	out := []any{}
	for _, one := range e.fields {
		if reason, back := kept[one.name]; back {
			out = append(out, map[string]any{"name": one.name, "hash": one.digest().b64(), "reason": reason})
		} else {
			out = append(out, map[string]any{"name": one.name, "value": one.value, "salt": one.salt.b64()})
		}
	}
	return out
}

func (w *writer) record(s *stream) {
	events := []any{}
	for i, e := range s.events {
		before, after := w.brackets(e.leaf)
		events = append(events, map[string]any{"index": int64(i), "log": int64(0), "leaf": e.leaf, "before": before,
			"after": after, "fields": e.export(s.kept)})
	}
	record := map[string]any{"format": "weir-custody/v1", "stream": s.ref, "kind": s.kind, "key": s.key.b64(),
		"logs":  []any{map[string]any{"origin": logOrigin, "vkey": w.log.vkey()}},
		"as_of": map[string]any{"log": int64(0), "size": w.sealed[len(w.sealed)-1]}, "linked": s.linked, "events": events}
	if w.cheat.record != nil {
		w.cheat.record(s, record)
	}
	w.file("custody/"+s.ref+".json", append(canonical(record), '\n'))
}

// receipt proves an event under an archived checkpoint; `index` is always kept back.
func (w *writer) receipt(name string, e *written, size int64, kept map[string]string) {
	back := map[string]string{"index": "position"}
	for field, reason := range kept {
		back[field] = reason
	}
	extra := canonical(map[string]any{"format": "weir-receipt/v1", "tag": e.tag.b64(), "fields": e.export(back)})
	proof, err := tlog.ProveRecord(size, e.leaf, w)
	w.check(err)
	text := fmt.Sprintf("c2sp.org/tlog-proof@v1\nextra %s\nindex %d\n", b64(extra), e.leaf)
	for _, hash := range proof {
		text += b64(hash[:]) + "\n"
	}
	message, err := os.ReadFile(filepath.Join(w.dir, "log", "checkpoints", strconv.FormatInt(size, 10)))
	w.check(err)
	w.file("receipts/"+name+".tlog-proof", append([]byte(text+"\n"), message...))
}

// promised writes the promise for an event that was just appended.
func (w *writer) promised(name string, e *written) {
	hash := tlog.RecordHash(w.leaves[e.leaf])
	text := fmt.Sprintf("weir-promise/v1\n%s\n%s\n%s\n", logOrigin, b64(hash[:]),
		w.now.Add(5*time.Minute).Format(timeLayout))
	message, err := note.Sign(&note.Note{Text: text}, w.promise)
	w.check(err)
	w.file("promises/"+name+".txt", message)
}
