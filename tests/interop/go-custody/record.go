package main

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// The form of a custody record (custody.md, "Form"), and of the fields of an event (ledger.md).

type event struct {
	index, log, leaf, before, after int64
	fields                          []field
	byName                          map[string]*field
	commitment                      digest
	time                            time.Time
}

type record struct {
	file    string
	stream  string
	kind    string
	key     digest
	origins []string
	asOf    int64
	linked  []string
	events  []event
}

// form collects the first thing that is wrong, so that reading stays flat.
type form struct {
	err error
}

func (f *form) fail(place, format string, args ...any) {
	if f.err == nil {
		f.err = fmt.Errorf("%s: %s", place, fmt.Sprintf(format, args...))
	}
}

// object takes an object with exactly these keys.
func (f *form) object(v any, place string, keys ...string) map[string]any {
	out, ok := v.(map[string]any)
	if !ok {
		f.fail(place, "not an object")
	}
	for _, key := range keys {
		if _, ok := out[key]; !ok {
			f.fail(place, "the key %q is missing", key)
		}
	}
	for key := range out {
		if !contains(keys, key) {
			f.fail(place, "the key %q is not one of the format", key)
		}
	}
	return out
}

func (f *form) list(v any, place string) []any {
	out, ok := v.([]any)
	if !ok {
		f.fail(place, "not an array")
	}
	return out
}

func (f *form) text(v any, place string) string {
	out, ok := v.(string)
	if !ok {
		f.fail(place, "not a string")
	}
	return out
}

func (f *form) count(v any, place string) int64 {
	out, ok := v.(int64)
	if !ok || out < 0 {
		f.fail(place, "not an integer from 0")
	}
	return out
}

func (f *form) digest(v any, place string) digest {
	out, err := digestFrom(v)
	if err != nil {
		f.fail(place, "%v", err)
	}
	return out
}

func (f *form) time(v any, place string) time.Time {
	out, err := timeFrom(v)
	if err != nil {
		f.fail(place, "%v", err)
	}
	return out
}

func (f *form) reference(v any, place string) string {
	if err := checkReference(v); err != nil {
		f.fail(place, "%v", err)
		return ""
	}
	return v.(string)
}

func contains(list []string, word string) bool {
	for _, member := range list {
		if member == word {
			return true
		}
	}
	return false
}

func parseRecord(text []byte) (*record, error) {
	v, err := parseJSON(text)
	if err != nil {
		return nil, err
	}
	f := &form{}
	top := f.object(v, "record", "format", "stream", "kind", "key", "logs", "as_of", "linked", "events")
	r := &record{stream: f.reference(top["stream"], "stream"), kind: f.text(top["kind"], "kind"),
		key: f.digest(top["key"], "key")}
	if f.text(top["format"], "format") != "weir-custody/v1" {
		f.fail("format", "not weir-custody/v1")
	}
	if typesOf[r.kind] == nil {
		f.fail("kind", "%q is not case, platform or cover", r.kind)
	}
	for i, v := range f.list(top["logs"], "logs") {
		log := f.object(v, fmt.Sprintf("logs/%d", i), "origin", "vkey")
		r.origins = append(r.origins, f.text(log["origin"], "origin"))
		f.text(log["vkey"], "vkey")
	}
	asOf := f.object(top["as_of"], "as_of", "log", "size")
	if n := f.count(asOf["log"], "as_of/log"); n >= int64(len(r.origins)) {
		f.fail("as_of/log", "no such log")
	}
	r.asOf = f.count(asOf["size"], "as_of/size")
	for i, v := range f.list(top["linked"], "linked") {
		reference := f.reference(v, fmt.Sprintf("linked/%d", i))
		if contains(r.linked, reference) {
			f.fail("linked", "%s stands twice", reference)
		}
		r.linked = append(r.linked, reference)
	}
	for i, v := range f.list(top["events"], "events") {
		r.events = append(r.events, f.event(v, i))
	}
	if len(r.events) == 0 {
		f.fail("events", "none")
	}
	for i := range r.events {
		if r.events[i].log >= int64(len(r.origins)) {
			f.fail(place(int64(i))+"/log", "no such log")
		}
		f.skeleton(&r.events[i], place(int64(i)), false)
		f.kind(r, &r.events[i])
	}
	return r, f.err
}

func place(index int64) string { return fmt.Sprintf("event %d", index) }

func (f *form) event(v any, i int) event {
	at := place(int64(i))
	o := f.object(v, at, "index", "log", "leaf", "before", "after", "fields")
	e := event{index: f.count(o["index"], at+"/index"), log: f.count(o["log"], at+"/log"),
		leaf: f.count(o["leaf"], at+"/leaf"), before: f.count(o["before"], at+"/before"),
		after: f.count(o["after"], at+"/after")}
	e.fields = f.fields(o["fields"], at, "person", "agreement", "text", "content")
	e.byName = names(e.fields)
	return e
}

func names(fields []field) map[string]*field {
	out := map[string]*field{}
	for i := range fields {
		out[fields[i].name] = &fields[i]
	}
	return out
}

// fields reads the array that records and receipts share.
func (f *form) fields(v any, at string, reasons ...string) []field {
	var out []field
	for i, v := range f.list(v, at+"/fields") {
		o, _ := v.(map[string]any)
		name, _ := o["name"].(string)
		at := fmt.Sprintf("%s/fields/%d (%s)", at, i, name)
		if !isFieldName(name) {
			f.fail(at, "not a field name")
		}
		if len(out) > 0 && out[len(out)-1].name >= name {
			f.fail(at, "not in bytewise order, or twice")
		}
		one := field{name: name}
		if _, kept := o["hash"]; kept {
			f.object(v, at, "name", "hash", "reason")
			one.hash, one.reason = f.digest(o["hash"], at+"/hash"), f.text(o["reason"], at+"/reason")
			if !contains(reasons, one.reason) {
				f.fail(at, "kept back for %q, which is no reason", one.reason)
			}
		} else {
			f.object(v, at, "name", "value", "salt")
			one.shown, one.value, one.salt = true, o["value"], f.digest(o["salt"], at+"/salt")
		}
		out = append(out, one)
	}
	return out
}

// shown gives a field that must be there and may not be kept back.
func (e *event) shown(name string) (any, error) {
	one := e.byName[name]
	if one == nil {
		return nil, fmt.Errorf("the field %s is missing", name)
	}
	if !one.shown {
		return nil, fmt.Errorf("the field %s may not be kept back", name)
	}
	return one.value, nil
}

func (e *event) is(types ...string) bool {
	v, _ := e.shown("type")
	text, _ := v.(string)
	return contains(types, text)
}

var (
	levels      = []string{"existence", "notice", "advisory", "technical", "exploit"}
	linkTypes   = []string{"merged", "split"}
	accessTypes = []string{"access", "offered", "delivered"}
)

const (
	caseTypes = "report_received claimed accepted declined merged split participant_added message_posted " +
		"attachment_added status_stated vendor_left_out embargo_proposed embargo_accepted embargo_ended " +
		"release_decided release_recalled offered delivered access repeat_reads delay_decided delay_ended " +
		"exception_approved fix_announced published filing custody_opened key_erased"
	platformTypes = "rule member agreement opening_deferred history_lost log_closed"
)

// typesOf lists the known types of each kind; the first is the one at index 0.
var typesOf = map[string][]string{
	"case":     strings.Fields(caseTypes),
	"platform": strings.Fields(platformTypes),
	"cover":    {"cover", "custody_opened"},
}

// skeleton checks what stands in every event. In a receipt `index` may be kept back.
func (f *form) skeleton(e *event, at string, receipt bool) {
	get := func(name string) any {
		v, err := e.shown(name)
		if err != nil {
			f.fail(at, "%v", err)
		}
		return v
	}
	if v := get("v"); v != int64(1) {
		f.fail(at, "v is %v, not 1", v)
	}
	f.text(get("origin"), at+"/origin")
	f.reference(get("stream"), at+"/stream")
	f.digest(get("prev"), at+"/prev")
	f.digest(get("key_commit"), at+"/key_commit")
	f.text(get("type"), at+"/type")
	e.time = f.time(get("time"), at+"/time")
	if one := e.byName["index"]; !receipt || one == nil || one.shown || one.reason != "position" {
		e.index = f.count(get("index"), at+"/index")
		if e.index == 0 {
			f.time(get("open_by"), at+"/open_by")
			f.text(get("open_rule"), at+"/open_rule")
		}
	}
	if e.is(accessTypes...) {
		f.text(get("recipient_ref"), at+"/recipient_ref")
		f.text(get("recipient_class"), at+"/recipient_class")
		if country := f.text(get("recipient_country"), at); !isCountry(country) {
			f.fail(at, "recipient_country %q is not two capital letters", country)
		}
	}
	if e.is("release_decided") {
		f.counts(get("recipients"), at+"/recipients")
	}
	if e.is("release_decided") || e.is(accessTypes...) {
		if level := f.text(get("level"), at+"/level"); !contains(levels, level) {
			f.fail(at, "level %q is not one of the five", level)
		}
		f.digest(get("content"), at+"/content")
	}
	if e.is(linkTypes...) {
		f.reference(get("other"), at+"/other")
		f.digest(get("other_key_commit"), at+"/other_key_commit")
		f.count(get("other_index"), at+"/other_index")
	}
	if e.is("opening_deferred") {
		f.digest(get("deferred_key_commit"), at+"/deferred_key_commit")
		f.count(get("leaves"), at+"/leaves")
		f.count(get("log_size"), at+"/log_size")
		f.time(get("until"), at+"/until")
	}
}

func isCountry(text string) bool {
	return len(text) == 2 && strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// counts checks {"counts":[{"class","country","count"}],"digest"}, sorted by class, then country.
func (f *form) counts(v any, at string) {
	o := f.object(v, at, "counts", "digest")
	f.digest(o["digest"], at+"/digest")
	last := ""
	for i, v := range f.list(o["counts"], at+"/counts") {
		row := f.object(v, fmt.Sprintf("%s/counts/%d", at, i), "class", "country", "count")
		f.count(row["count"], at+"/counts/count")
		key := f.text(row["class"], at) + "\x00" + f.text(row["country"], at)
		if i > 0 && key <= last {
			f.fail(at, "counts are not sorted by class, then country")
		}
		last = key
	}
}

// kind checks that a known type stands in a stream of its kind, and what opens a stream.
func (f *form) kind(r *record, e *event) {
	known := append([]string{"custody_opened"}, typesOf[r.kind]...)
	foreign := false
	for kind := range typesOf {
		foreign = foreign || kind != r.kind && e.is(typesOf[kind]...)
	}
	if foreign && !e.is(known...) {
		f.fail(place(e.index), "its type does not stand in a stream of kind %s", r.kind)
	}
	if e.index == 0 && !e.is(typesOf[r.kind][0]) && !(r.kind == "case" && e.is("split")) {
		f.fail(place(e.index), "its type does not open a stream of kind %s", r.kind)
	}
}

// contents checks the digests whose preimage the event itself shows.
func (e *event) contents() error {
	salt := e.byName["content_salt"]
	if salt == nil || !salt.shown {
		return nil
	}
	s, err := digestFrom(salt.value)
	if err != nil {
		return fmt.Errorf("content_salt: %w", err)
	}
	if manifest := e.byName["manifest"]; manifest != nil && manifest.shown {
		if v, err := e.shown("content"); err != nil || v != contentDigest(s, canonical(manifest.value)).b64() {
			return errors.New("content is not the digest of the manifest")
		}
	}
	if list := e.byName["recipient_list"]; list != nil && list.shown {
		array, isArray := list.value.([]any)
		recipients, err := e.shown("recipients")
		if o, ok := recipients.(map[string]any); !isArray || err != nil || !ok ||
			o["digest"] != recipientsDigest(s, array).b64() {
			return errors.New("recipients.digest is not that of recipient_list")
		}
	}
	return nil
}
