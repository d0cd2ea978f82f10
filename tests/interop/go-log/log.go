package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	tileHeight  = 8
	tileWidth   = 1 << tileHeight
	leafBytes   = 65   // design: 0x01, tag, commitment
	leafVersion = 0x01 // the first byte of every leaf
)

// A checkpoint is what an opened note says: C2SP tlog-checkpoint.
type checkpoint struct {
	origin string
	tree   tlog.Tree
}

// openCheckpoint checks the signature of the file and reads its body.
func openCheckpoint(path string, verifier note.Verifier) (checkpoint, error) {
	message, err := os.ReadFile(path)
	if err != nil {
		return checkpoint{}, err
	}
	opened, err := note.Open(message, note.VerifierList(verifier))
	if err != nil {
		return checkpoint{}, fmt.Errorf("%s: %w", path, err)
	}
	parsed, err := parseCheckpoint(opened.Text)
	if err != nil {
		return checkpoint{}, fmt.Errorf("%s: %w", path, err)
	}
	if parsed.origin != verifier.Name() {
		return checkpoint{}, fmt.Errorf("%s: origin %q is not the key's name %q", path, parsed.origin, verifier.Name())
	}
	return parsed, nil
}

func parseCheckpoint(text string) (checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) < 4 || lines[0] == "" {
		return checkpoint{}, errors.New("a checkpoint needs origin, size and root")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return checkpoint{}, fmt.Errorf("size %q is not a decimal number", lines[1])
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return checkpoint{}, fmt.Errorf("root %q is not 32 bytes of base64", lines[2])
	}
	out := checkpoint{origin: lines[0], tree: tlog.Tree{N: size}}
	copy(out.tree.Hash[:], root)
	return out, nil
}

// archived opens every file under checkpoints/, smallest first. The name of each must be its size.
func archived(dir string, verifier note.Verifier) ([]checkpoint, error) {
	entries, err := os.ReadDir(filepath.Join(dir, "checkpoints"))
	if err != nil {
		return nil, err
	}
	var out []checkpoint
	for _, entry := range entries {
		opened, err := openCheckpoint(filepath.Join(dir, "checkpoints", entry.Name()), verifier)
		if err != nil {
			return nil, err
		}
		if strconv.FormatInt(opened.tree.N, 10) != entry.Name() {
			return nil, fmt.Errorf("checkpoints/%s is of size %d", entry.Name(), opened.tree.N)
		}
		out = append(out, opened)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].tree.N < out[j].tree.N })
	return out, nil
}

// number writes N as C2SP tlog-tiles does: 1234067 is x001/x234/067.
func number(n int64) string {
	out := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		out = fmt.Sprintf("x%03d/%s", n%1000, out)
	}
	return out
}

// readTile reads `width` units of a tile or bundle. A log may drop a partial tile once the full one
// is there, so that one is taken if the partial one is missing.
func readTile(dir, kind string, n int64, width int) ([]byte, error) {
	path := filepath.Join(dir, "tile", kind, filepath.FromSlash(number(n)))
	if width == tileWidth {
		return os.ReadFile(path)
	}
	data, err := os.ReadFile(filepath.Join(path+".p", strconv.Itoa(width)))
	if errors.Is(err, fs.ErrNotExist) {
		if full, fullErr := os.ReadFile(path); fullErr == nil {
			return full, nil
		}
	}
	return data, err
}

// tiles reads hash tiles for tlog.TileHashReader, which checks them against a tree's root.
type tiles struct{ dir string }

func (t tiles) Height() int { return tileHeight }

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, tile := range wanted {
		data, err := readTile(t.dir, strconv.Itoa(tile.L), tile.N, tile.W)
		if err != nil {
			return nil, err
		}
		if len(data) < tile.W*tlog.HashSize {
			return nil, fmt.Errorf("%s has %d bytes", tile.Path(), len(data))
		}
		out = append(out, data[:tile.W*tlog.HashSize])
	}
	return out, nil
}

// leaves reads the first `size` entries from the bundles: each is a 2-byte length and the bytes.
func leaves(dir string, size int64) ([][]byte, error) {
	var out [][]byte
	for n := int64(0); n*tileWidth < size; n++ {
		width := size - n*tileWidth
		if width > tileWidth {
			width = tileWidth
		}
		bundle, err := readTile(dir, "entries", n, int(width))
		if err != nil {
			return nil, err
		}
		full := len(bundle)
		for i := int64(0); i < width; i++ {
			if len(bundle) < 2 || len(bundle) < 2+(int(bundle[0])<<8|int(bundle[1])) {
				return nil, fmt.Errorf("entry bundle %s ends at byte %d, within entry %d", number(n), full, n*tileWidth+i)
			}
			length := int(bundle[0])<<8 | int(bundle[1])
			out = append(out, bundle[2:2+length])
			bundle = bundle[2+length:]
		}
		if len(bundle) > 0 && width == tileWidth {
			return nil, fmt.Errorf("entry bundle %s has %d bytes too many", number(n), len(bundle))
		}
	}
	return out, nil
}
