package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// "What a verifier checks" of custody.md, for all records of a folder at once.

const drift = 10 * time.Minute // how far an event's time may lie outside its brackets

type verifier struct {
	dir      string
	out      io.Writer
	partial  bool // unclaimed leaves are counted, not refused
	trust    trust
	archive  *archive
	records  []*record
	receipts int
	claims   map[int64]string // leaf to the record that claims it
	problems []string
}

func (v *verifier) wrong(where string, err error) {
	v.problems = append(v.problems, fmt.Sprintf("%s: %v", where, err))
}

// verify prints a line for each group of checks, and returns what is wrong.
func verify(dir string, out io.Writer, partial bool) []string {
	v := &verifier{dir: dir, out: out, partial: partial, claims: map[int64]string{}}
	if err := v.open(); err != nil {
		v.wrong("log", err)
		return v.problems
	}
	v.readRecords()
	for _, group := range []struct {
		name  string
		check func(*record) error
	}{
		{"key", v.key}, {"chain", v.chain}, {"commitments and leaves", v.leaves}, {"inclusion", v.inclusion},
		{"brackets", v.brackets}, {"nothing withheld", v.withheld}, {"content digests", v.contents},
		{"links", v.links}, {"deferrals", v.deferrals}, {"one stream, one record", v.once},
	} {
		v.group(group.name, group.check)
	}
	v.checkReceipts()
	v.checkPromises()
	claimed := v.everyLeaf()
	if len(v.problems) == 0 {
		fmt.Fprintf(out, "%d leaves, %d claimed once, %d records, %d receipts: ok\n",
			v.archive.size(), claimed, len(v.records), v.receipts)
	}
	return v.problems
}

func (v *verifier) open() error {
	vkey, err := firstLine(filepath.Join(v.dir, "vkey"))
	if err != nil {
		return err
	}
	if v.trust.log, err = note.NewVerifier(vkey); err != nil {
		return fmt.Errorf("vkey: %w", err)
	}
	v.trust.policy = &policy{}
	text, err := os.ReadFile(filepath.Join(v.dir, "policy"))
	if err == nil {
		v.trust.policy, err = parsePolicy(string(text))
	} else if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	if err != nil {
		return err
	}
	if logs := v.trust.policy.logs; len(logs) > 0 && !contains(logs, vkey) {
		return errors.New("the policy names other logs")
	}
	if v.archive, err = openArchive(filepath.Join(v.dir, "log"), &v.trust); err != nil {
		return err
	}
	quorums := 0
	for _, point := range v.archive.points {
		if point.cosigned && point.quorum {
			quorums++
		}
	}
	fmt.Fprintf(v.out, "log %s: %d leaves, %d checkpoints signed and consistent, %d with a quorum of witnesses\n",
		v.archive.origin, v.archive.size(), len(v.archive.points), quorums)
	return nil
}

func firstLine(path string) (string, error) {
	text, err := os.ReadFile(path)
	line, _, _ := strings.Cut(string(text), "\n")
	return strings.TrimRight(line, "\r"), err
}

func (v *verifier) readRecords() {
	paths, _ := filepath.Glob(filepath.Join(v.dir, "custody", "*.json"))
	for _, path := range paths {
		name := filepath.Join("custody", filepath.Base(path))
		text, err := os.ReadFile(path)
		if err != nil {
			v.wrong(name, err)
			continue
		}
		r, err := parseRecord(text)
		if err != nil {
			v.wrong(name, err)
			continue
		}
		r.file = name
		v.records = append(v.records, r)
	}
	fmt.Fprintf(v.out, "form: %d records\n", len(v.records))
}

// group runs one check over all records. A record that fails is left out of the later groups.
func (v *verifier) group(name string, check func(*record) error) {
	events := 0
	var good []*record
	for _, r := range v.records {
		if err := check(r); err != nil {
			v.wrong(r.file, fmt.Errorf("%s: %w", name, err))
			continue
		}
		good = append(good, r)
		events += len(r.events)
	}
	v.records = good
	fmt.Fprintf(v.out, "%s: %d records, %d events\n", name, len(good), events)
}

func (v *verifier) key(r *record) error {
	want := keyCommit(r.key).b64()
	for i := range r.events {
		if r.events[i].byName["key_commit"].value != want {
			return fmt.Errorf("%s: key_commit is not that of the key", place(int64(i)))
		}
	}
	return nil
}

func (v *verifier) chain(r *record) error {
	var before digest
	for i := range r.events {
		e, n := &r.events[i], int64(i)
		if e.byName["index"].value != n || e.index != n || e.byName["stream"].value != r.stream {
			return fmt.Errorf("%s: not event %d of %s", place(n), n, r.stream)
		}
		if e.byName["origin"].value != r.origins[e.log] || r.origins[e.log] != v.archive.origin {
			return fmt.Errorf("%s: origin is not that of the log", place(n))
		}
		if e.byName["prev"].value != before.b64() {
			return fmt.Errorf("%s: prev is not the commitment of the event before", place(n))
		}
		e.commitment = commitment(e.fields)
		before = e.commitment
	}
	return nil
}

func (v *verifier) leaves(r *record) error {
	for i := range r.events {
		e := &r.events[i]
		if e.leaf >= v.archive.size() {
			return fmt.Errorf("%s: leaf %d is beyond the log", place(e.index), e.leaf)
		}
		if string(leafOf(tag(r.key, e.index), e.commitment)) != string(v.archive.tree.leaves[e.leaf]) {
			return fmt.Errorf("%s: tag and commitment are not leaf %d", place(e.index), e.leaf)
		}
	}
	return nil
}

func (v *verifier) inclusion(r *record) error {
	point, archived := v.archive.at(r.asOf)
	if !archived {
		return fmt.Errorf("as_of: no checkpoint of size %d is archived", r.asOf)
	}
	if !point.quorum {
		return fmt.Errorf("as_of: checkpoint %d has no quorum of witnesses", r.asOf)
	}
	last := int64(-1)
	for i := range r.events {
		e := &r.events[i]
		if e.leaf <= last || e.leaf >= r.asOf {
			return fmt.Errorf("%s: leaf %d does not follow the one before, or is not below as_of", place(e.index), e.leaf)
		}
		last = e.leaf
	}
	return nil
}

func (v *verifier) brackets(r *record) error {
	latest := r.events[0].time
	for i := range r.events {
		e := &r.events[i]
		points := v.archive.points
		n := sort.Search(len(points), func(i int) bool { return points[i].tree.N > e.leaf })
		before := checkpoint{}
		if n > 0 {
			before = points[n-1]
		}
		if e.before != before.tree.N || e.after != points[n].tree.N {
			return fmt.Errorf("%s: leaf %d lies between checkpoints %d and %d, not %d and %d", place(e.index), e.leaf,
				before.tree.N, points[n].tree.N, e.before, e.after)
		}
		if before.cosigned && e.time.Before(before.earliest.Add(-drift)) {
			return fmt.Errorf("%s: its time is before checkpoint %d was cosigned", place(e.index), e.before)
		}
		if points[n].cosigned && e.time.After(points[n].latest.Add(drift)) {
			return fmt.Errorf("%s: its time is after checkpoint %d was cosigned", place(e.index), e.after)
		}
		if e.time.Before(latest.Add(-drift)) {
			return fmt.Errorf("%s: its time goes back", place(e.index))
		}
		if e.time.After(latest) {
			latest = e.time
		}
	}
	return nil
}

// withheld looks for tags of the stream where the record does not state them.
func (v *verifier) withheld(r *record) error {
	n := int64(len(r.events))
	for i := int64(0); i < n; i++ {
		if at := v.archive.byTag[tag(r.key, i)]; len(at) != 1 {
			return fmt.Errorf("%s: its tag stands at leaves %v", place(i), at)
		}
	}
	for i := n; ; i++ {
		at := v.archive.byTag[tag(r.key, i)]
		if len(at) == 0 {
			return nil
		}
		if at[0] < r.asOf {
			return fmt.Errorf("event %d is withheld: its tag stands at leaf %d, below as_of %d", i, at[0], r.asOf)
		}
		fmt.Fprintf(v.out, "%s: a later event, %d, stands at leaf %d\n", r.file, i, at[0])
	}
}

func (v *verifier) contents(r *record) error {
	for i := range r.events {
		if err := r.events[i].contents(); err != nil {
			return fmt.Errorf("%s: %w", place(int64(i)), err)
		}
	}
	return nil
}

func (v *verifier) find(stream string) *record {
	for _, r := range v.records {
		if r.stream == stream {
			return r
		}
	}
	return nil
}

func (v *verifier) links(r *record) error {
	var named []string
	for i := range r.events {
		e := &r.events[i]
		if !e.is(linkTypes...) {
			continue
		}
		stream := e.byName["other"].value.(string)
		named = append(named, stream)
		if !contains(r.linked, stream) {
			return fmt.Errorf("%s: %s is not among linked", place(e.index), stream)
		}
		if err := v.counterpart(r, e, v.find(stream)); err != nil {
			return fmt.Errorf("%s: %w", place(e.index), err)
		}
	}
	for _, stream := range r.linked {
		if !contains(named, stream) {
			return fmt.Errorf("linked names %s, but no merged or split event does", stream)
		}
	}
	return nil
}

func (v *verifier) counterpart(r *record, e *event, other *record) error {
	if other == nil {
		return fmt.Errorf("the record of %v is missing or refused", e.byName["other"].value)
	}
	index := e.byName["other_index"].value.(int64)
	if index >= int64(len(other.events)) {
		return fmt.Errorf("%s has no event %d", other.file, index)
	}
	there := &other.events[index]
	if !there.is(linkTypes...) || there.byName["type"].value != e.byName["type"].value ||
		there.byName["other"].value != r.stream || there.byName["other_index"].value != e.index {
		return fmt.Errorf("event %d of %s does not name it in return", index, other.file)
	}
	if there.byName["key_commit"].value != e.byName["other_key_commit"].value {
		return fmt.Errorf("other_key_commit is not that of %s", other.file)
	}
	return nil
}

// deferrals: a stream that was deferred and is open now holds as many leaves as was stated.
func (v *verifier) deferrals(r *record) error {
	for i := range r.events {
		e := &r.events[i]
		if r.kind != "platform" || !e.is("opening_deferred") {
			continue
		}
		size, leaves := e.byName["log_size"].value.(int64), e.byName["leaves"].value.(int64)
		for _, other := range v.records {
			if keyCommit(other.key).b64() != e.byName["deferred_key_commit"].value || other.asOf < size {
				continue
			}
			n := sort.Search(len(other.events), func(i int) bool { return other.events[i].leaf >= size })
			if int64(n) != leaves {
				return fmt.Errorf("%s: %d leaves were deferred, %s holds %d", place(e.index), leaves, other.file, n)
			}
		}
	}
	return nil
}

func (v *verifier) once(r *record) error {
	for _, other := range v.records {
		if other != r && (other.stream == r.stream || other.key == r.key) {
			return fmt.Errorf("%s has the same stream or key", other.file)
		}
	}
	for i := range r.events {
		leaf := r.events[i].leaf
		if other, twice := v.claims[leaf]; twice {
			return fmt.Errorf("%s: leaf %d is claimed by %s too", place(int64(i)), leaf, other)
		}
		v.claims[leaf] = r.file
	}
	return nil
}

func (v *verifier) everyLeaf() int {
	for leaf := int64(0); leaf < v.archive.size(); leaf++ {
		if v.claims[leaf] == "" && !v.partial {
			v.wrong(fmt.Sprintf("leaf %d", leaf), errors.New("no verified record claims it"))
		}
	}
	return len(v.claims)
}
