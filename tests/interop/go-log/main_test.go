package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const origin = "log.example/weir"

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(t, os.WriteFile(path, data, 0o644))
}

// seeded makes every run the same.
type seeded struct{ next byte }

func (s *seeded) Read(p []byte) (int, error) {
	for i := range p {
		s.next++
		p[i] = s.next
	}
	return len(p), nil
}

// world is a log written with Go's package alone, in the layout of a Weir mirror.
type world struct {
	t      *testing.T
	dir    string
	signer note.Signer
	stored []tlog.Hash
	data   [][]byte
}

func newWorld(t *testing.T) *world {
	secret, public, err := note.GenerateKey(&seeded{}, origin)
	must(t, err)
	signer, err := note.NewSigner(secret)
	must(t, err)
	w := &world{t: t, dir: t.TempDir(), signer: signer}
	write(t, filepath.Join(w.dir, "vkey"), []byte(public+"\n"))
	return w
}

func (w *world) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var out []tlog.Hash
	for _, index := range indexes {
		out = append(out, w.stored[index])
	}
	return out, nil
}

func (w *world) append(entry []byte) {
	hashes, err := tlog.StoredHashes(int64(len(w.data)), entry, w)
	must(w.t, err)
	w.stored = append(w.stored, hashes...)
	w.data = append(w.data, entry)
}

func leaf(n int) []byte {
	tag, commitment := sha256.Sum256([]byte(fmt.Sprint("tag", n))), sha256.Sum256([]byte(fmt.Sprint("event", n)))
	return append(append([]byte{leafVersion}, tag[:]...), commitment[:]...)
}

func (w *world) root() tlog.Hash {
	if len(w.data) == 0 {
		return sha256.Sum256(nil)
	}
	root, err := tlog.TreeHash(int64(len(w.data)), w)
	must(w.t, err)
	return root
}

func (w *world) sign(path string, size int, root tlog.Hash) {
	text := fmt.Sprintf("%s\n%d\n%s\n", origin, size, base64.StdEncoding.EncodeToString(root[:]))
	message, err := note.Sign(&note.Note{Text: text}, w.signer)
	must(w.t, err)
	write(w.t, filepath.Join(w.dir, "log", path), message)
}

// seal writes checkpoint and tiles for all entries so far.
func (w *world) seal() {
	size := int64(len(w.data))
	w.sign("checkpoint", int(size), w.root())
	w.sign(fmt.Sprint("checkpoints/", size), int(size), w.root())
	for _, tile := range tlog.NewTiles(tileHeight, 0, size) {
		hashes, err := tlog.ReadTileData(tile, w)
		must(w.t, err)
		w.tile(strconv.Itoa(tile.L), tile.N, tile.W, hashes)
		if tile.L == 0 {
			w.tile("entries", tile.N, tile.W, w.bundle(tile.N, tile.W))
		}
	}
}

func (w *world) tile(kind string, n int64, width int, data []byte) {
	path := filepath.Join(w.dir, "log", "tile", kind, number(n))
	if width < tileWidth {
		path = filepath.Join(path+".p", strconv.Itoa(width))
	}
	write(w.t, path, data)
}

func (w *world) bundle(n int64, width int) []byte {
	var out []byte
	for _, entry := range w.data[n*tileWidth : n*tileWidth+int64(width)] {
		out = append(out, byte(len(entry)>>8), byte(len(entry)))
		out = append(out, entry...)
	}
	return out
}

// grown is a log sealed at each of the sizes.
func grown(t *testing.T, sizes ...int) *world {
	w := newWorld(t)
	for _, size := range sizes {
		for len(w.data) < size {
			w.append(leaf(len(w.data)))
		}
		w.seal()
	}
	return w
}

func TestTakesAnHonestLog(t *testing.T) {
	for _, sizes := range [][]int{{0}, {1}, {0, 1, 2, 3, 8}, {255, 256, 257}, {5, 300, 512, 700}} {
		w := grown(t, sizes...)
		if _, err := verify(w.dir, weirLeaves); err != nil {
			t.Errorf("sizes %v: %v", sizes, err)
		}
	}
}

func TestTakesALogWithoutItsOldPartialTiles(t *testing.T) {
	w := grown(t, 5, 300)
	for _, kind := range []string{"0", "entries"} {
		must(t, os.RemoveAll(filepath.Join(w.dir, "log", "tile", kind, "000.p")))
	}
	if _, err := verify(w.dir, weirLeaves); err != nil {
		t.Error(err)
	}
}

// flip changes one byte of a file below log/.
func (w *world) flip(path string, at int) {
	path = filepath.Join(w.dir, "log", path)
	data, err := os.ReadFile(path)
	must(w.t, err)
	if at < 0 {
		at += len(data)
	}
	data[at] ^= 1
	write(w.t, path, data)
}

func TestRefusesWhatWasChanged(t *testing.T) {
	cases := []struct {
		why    string
		damage func(w *world)
		reason string
	}{
		{"a leaf", func(w *world) { w.flip("tile/entries/000", 40) }, "entry 0 does not hash"},
		{"a leaf in the last bundle", func(w *world) { w.flip("tile/entries/001.p/44", -1) }, "entry 299 does not hash"},
		{"a leaf's version", func(w *world) { w.flip("tile/entries/000", 2) }, "not a leaf"},
		{"a head for another log", func(w *world) {
			secret, public, err := note.GenerateKey(&seeded{}, "another.example")
			must(w.t, err)
			write(w.t, w.dir+"/vkey", []byte(public))
			w.signer, err = note.NewSigner(secret)
			must(w.t, err)
			w.sign("checkpoint", 300, w.root())
		}, "is not the key's name"},
		{"a leaf too long", func(w *world) {
			w.append(append(leaf(300), 0))
			w.seal()
		}, "entry 300 is not a leaf: 66 bytes"},
		{"an entry's length", func(w *world) { w.flip("tile/entries/000", 1) }, "ends at byte 17152"},
		{"a hash tile", func(w *world) { w.flip("tile/0/000", 7) }, "checkpoint 5 against 300"},
		{"an upper tile", func(w *world) { w.flip("tile/1/000.p/1", 7) }, "inconsistent tile"},
		{"a signature", func(w *world) { w.flip("checkpoint", -8) }, "checkpoint"},
		{"an old signature", func(w *world) { w.flip("checkpoints/5", -8) }, "checkpoints/5"},
		{"an old signed root", func(w *world) { w.sign("checkpoints/5", 5, leafHash(9)) }, "checkpoint 5 against"},
		{"the empty root", func(w *world) { w.sign("checkpoints/0", 0, tlog.Hash{}) }, "empty tree"},
		{"a checkpoint under another size", func(w *world) { w.sign("checkpoints/6", 5, leafHash(1)) }, "is of size 5"},
		{"two heads", func(w *world) { w.sign("checkpoint", 300, leafHash(1)) }, "not the last"},
		{"a head not archived", func(w *world) { must(w.t, os.Remove(w.dir+"/log/checkpoints/300")) }, "not the last"},
		{"a missing tile", func(w *world) { must(w.t, os.Remove(w.dir+"/log/tile/0/000")) }, "no such file"},
		{"a missing bundle", func(w *world) { must(w.t, os.Remove(w.dir+"/log/tile/entries/000")) }, "no such file"},
		{"a bundle cut short", func(w *world) {
			w.tile("entries", 0, tileWidth, w.bundle(0, tileWidth)[:17000])
		}, "ends at byte 17000"},
		{"a bundle too long", func(w *world) {
			w.tile("entries", 0, tileWidth, append(w.bundle(0, tileWidth), 0))
		}, "1 bytes too many"},
		{"another key", func(w *world) {
			_, public, err := note.GenerateKey(&seeded{next: 99}, origin)
			must(w.t, err)
			write(w.t, w.dir+"/vkey", []byte(public))
		}, "no verifiable signatures"},
	}
	for _, c := range cases {
		w := grown(t, 0, 5, 300)
		c.damage(w)
		if _, err := verify(w.dir, weirLeaves); err == nil || !strings.Contains(err.Error(), c.reason) {
			t.Errorf("%s: got %v, want %q", c.why, err, c.reason)
		}
	}
}

func leafHash(n int) tlog.Hash { return tlog.RecordHash(leaf(n)) }

// The entries of a forked log hash and prove well by themselves; only the older head gives it away.
func TestRefusesAFork(t *testing.T) {
	w, other := grown(t, 5, 20), newWorld(t)
	for n := 0; n < 30; n++ {
		other.append(leaf(n + 1))
	}
	other.seal()
	must(t, fs.WalkDir(os.DirFS(other.dir), "log", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(other.dir, path))
		write(t, filepath.Join(w.dir, path), data)
		return err
	}))
	if _, err := verify(w.dir, weirLeaves); err == nil || !strings.Contains(err.Error(), "against 30") {
		t.Errorf("got %v", err)
	}
}

func TestWritesTileNumbersAsTheStandardDoes(t *testing.T) {
	for n, want := range map[int64]string{0: "000", 999: "999", 1000: "x001/000", 1234067: "x001/x234/067"} {
		if got := number(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

func TestReadsCheckpointsStrictly(t *testing.T) {
	root := base64.StdEncoding.EncodeToString(make([]byte, 32))
	good := "a\n7\n" + root + "\n"
	if _, err := parseCheckpoint(good + "an extension line\n"); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{"", "\n7\n" + root + "\n", "a\n-7\n" + root + "\n", "a\n07\n" + root + "\n",
		"a\n+7\n" + root + "\n", "a\n7\n" + root[4:] + "\n", "a\n7\n" + root} {
		if _, err := parseCheckpoint(bad); err == nil {
			t.Errorf("took %q", bad)
		}
	}
}

// A log written by Tessera (its checkpoints of sizes 0 to 15 lie side by side), where it is at hand.
func TestTakesTesserasSampleLog(t *testing.T) {
	archive := filepath.Join(os.Getenv("WEIR_SHARED"), "conformance", "tlog.tar.zst")
	if _, err := os.Stat(archive); err != nil {
		t.Skip("the public vectors are not here")
	}
	dir := t.TempDir()
	unpack := exec.Command("tar", "--use-compress-program=zstd -d --long=27", "-xf", archive, "-C", dir)
	if out, err := unpack.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	log := filepath.Join(dir, "log")
	must(t, os.Rename(filepath.Join(dir, "tlog", "sample-log"), log))
	var about struct {
		PublicKey string `json:"public_key"`
	}
	description, err := os.ReadFile(filepath.Join(log, "log.json"))
	must(t, err)
	must(t, json.NewDecoder(bytes.NewReader(description)).Decode(&about))
	write(t, filepath.Join(dir, "vkey"), []byte(about.PublicKey))
	for size := 0; size <= 15; size++ {
		message, err := os.ReadFile(filepath.Join(log, fmt.Sprint("checkpoint.", size)))
		must(t, err)
		write(t, filepath.Join(log, "checkpoints", strconv.Itoa(size)), message)
	}
	if summary, err := verify(dir, anyEntries); err != nil || !strings.Contains(summary, "15 entries, 16 checkpoints") {
		t.Error(summary, err)
	}
	if _, err := verify(dir, weirLeaves); err == nil {
		t.Error("took entries that are no leaves")
	}
}
