package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strconv"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
)

// tree is a log that is held as a whole: leaves and, in tlog's storage order, the hashes over them.
type tree struct {
	leaves [][]byte
	stored []tlog.Hash
}

func (t *tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index >= int64(len(t.stored)) {
			return nil, errors.New("a hash beyond the tree")
		}
		out[i] = t.stored[index]
	}
	return out, nil
}

func (t *tree) append(leaf []byte) error {
	hashes, err := tlog.StoredHashes(int64(len(t.leaves)), leaf, t)
	t.stored = append(t.stored, hashes...)
	t.leaves = append(t.leaves, leaf)
	return err
}

func (t *tree) root(size int64) (tlog.Hash, error) {
	if size == 0 {
		return sha256.Sum256(nil), nil // RFC 6962, 2.1
	}
	return tlog.TreeHash(size, t)
}

// bundle is the entry bundle of one tile: for each leaf its length in 2 bytes, and the leaf.
func (t *tree) bundle(n int64, width int) []byte {
	var out []byte
	for _, leaf := range t.leaves[n*tileWidth : n*tileWidth+int64(width)] {
		out = append(out, byte(len(leaf)>>8), byte(len(leaf)))
		out = append(out, leaf...)
	}
	return out
}

// files are all tiles and bundles of a tree of one size: path below the log's folder, and bytes.
func (t *tree) files(size int64) (map[string][]byte, error) {
	out := map[string][]byte{}
	for _, tile := range tlog.NewTiles(tileHeight, 0, size) {
		// NewTiles also names the widths that a tile had on the way; a log serves those of the sizes
		// that it has signed.
		if want := min(int(size>>(tileHeight*tile.L)-tile.N*tileWidth), tileWidth); tile.W != want {
			continue
		}
		data, err := tlog.ReadTileData(tile, t)
		if err != nil {
			return nil, err
		}
		out[tilePath(strconv.Itoa(tile.L), tile.N, tile.W)] = data
		if tile.L == 0 {
			out[tilePath("entries", tile.N, tile.W)] = t.bundle(tile.N, tile.W)
		}
	}
	return out, nil
}

// tilePath writes N as C2SP tlog-tiles does: 1234067 is x001/x234/067.
func tilePath(kind string, n int64, width int) string {
	number := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		number = fmt.Sprintf("x%03d/%s", n%1000, number)
	}
	if width < tileWidth {
		number += ".p/" + strconv.Itoa(width)
	}
	return "tile/" + kind + "/" + number
}

// archive is a log that was read and found whole.
type archive struct {
	tree
	origin string
	points []checkpoint // by size
	byTag  map[digest][]int64
}

func (a *archive) size() int64 { return int64(len(a.leaves)) }

// at finds an archived checkpoint.
func (a *archive) at(size int64) (checkpoint, bool) {
	i := sort.Search(len(a.points), func(i int) bool { return a.points[i].tree.N >= size })
	if i < len(a.points) && a.points[i].tree.N == size {
		return a.points[i], true
	}
	return checkpoint{}, false
}

// openArchive reads DIR/log and checks it: signatures, names, roots, tiles, bundles.
func openArchive(dir string, trust *trust) (*archive, error) {
	a := &archive{origin: trust.log.Name(), byTag: map[digest][]int64{}}
	if err := a.readPoints(dir, trust); err != nil {
		return nil, err
	}
	if err := a.readLeaves(dir, a.points[len(a.points)-1].tree.N); err != nil {
		return nil, err
	}
	for _, point := range a.points {
		root, err := a.root(point.tree.N)
		if err != nil {
			return nil, err
		}
		if root != point.tree.Hash {
			return nil, fmt.Errorf("the entries do not give the root of checkpoints/%d", point.tree.N)
		}
		if err := a.checkFiles(dir, point.tree.N); err != nil {
			return nil, err
		}
	}
	return a, nil
}

func (a *archive) readPoints(dir string, trust *trust) error {
	entries, err := os.ReadDir(filepath.Join(dir, "checkpoints"))
	if err != nil {
		return err
	}
	for _, entry := range entries {
		message, err := os.ReadFile(filepath.Join(dir, "checkpoints", entry.Name()))
		if err != nil {
			return err
		}
		point, err := trust.open(message)
		if err != nil {
			return fmt.Errorf("checkpoints/%s: %w", entry.Name(), err)
		}
		if strconv.FormatInt(point.tree.N, 10) != entry.Name() {
			return fmt.Errorf("checkpoints/%s is of size %d", entry.Name(), point.tree.N)
		}
		a.points = append(a.points, point)
	}
	sort.Slice(a.points, func(i, j int) bool { return a.points[i].tree.N < a.points[j].tree.N })
	message, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		return err
	}
	head, err := trust.open(message)
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	if len(a.points) == 0 || a.points[len(a.points)-1].tree != head.tree {
		return errors.New("checkpoint is not the last of the archived ones")
	}
	if !head.quorum {
		return errors.New("checkpoint: no quorum of witnesses")
	}
	return nil
}

// readLeaves rebuilds the tree from the bundles alone.
func (a *archive) readLeaves(dir string, size int64) error {
	const unit = 2 + leafBytes
	for n := int64(0); n*tileWidth < size; n++ {
		width := min(int(size-n*tileWidth), tileWidth)
		path := tilePath("entries", n, width)
		data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(path)))
		if err != nil {
			return err
		}
		if len(data) != width*unit {
			return fmt.Errorf("%s has %d bytes, not %d", path, len(data), width*unit)
		}
		for i := 0; i < width; i++ {
			entry := data[i*unit : (i+1)*unit]
			index := a.size()
			if entry[0] != 0 || entry[1] != leafBytes || entry[2] != leafVersion {
				return fmt.Errorf("entry %d is not a leaf", index)
			}
			var t digest
			copy(t[:], entry[3:])
			a.byTag[t] = append(a.byTag[t], index)
			if err := a.append(entry[2:]); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkFiles holds the files of a tree against the entries. Partial ones that a full one replaced
// may be gone; all that the latest tree needs must be there.
func (a *archive) checkFiles(dir string, size int64) error {
	files, err := a.files(size)
	if err != nil {
		return err
	}
	for path, want := range files {
		got, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(path)))
		if errors.Is(err, fs.ErrNotExist) && size < a.size() {
			continue
		}
		if err != nil {
			return err
		}
		if !bytes.Equal(got, want) {
			return fmt.Errorf("%s is not what the entries give", path)
		}
	}
	return nil
}
