// tests/interop/note.go - the log by golang.org/x/mod/sumdb, which has the same notes, trees and
// tiles as C2SP's pages, one a word:
//
//	checkpoint KEY FILE    a signed note of KEY (base64 of its 32 bytes) that states a tree
//	proof KEY ENTRY FILE   a tlog-proof: ENTRY (its bytes in hex) is in the tree of its checkpoint
//	tiles KEY LOG          every hash of the tiles below LOG and every entry, against LOG/checkpoint
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read(path string) []byte {
	data, err := os.ReadFile(path)
	must(err)
	return data
}

// tree is what a checkpoint that KEY signed states.
func tree(signed []byte, key string) tlog.Tree {
	origin := strings.SplitN(string(signed), "\n", 2)[0]
	raw, err := base64.StdEncoding.DecodeString(key)
	must(err)
	public := append([]byte{1}, raw...) // 1: Ed25519
	id := sha256.Sum256(append([]byte(origin+"\n"), public...))
	verifier, err := note.NewVerifier(fmt.Sprintf("%s+%08x+%s", origin, binary.BigEndian.Uint32(id[:4]), base64.StdEncoding.EncodeToString(public)))
	must(err)
	opened, err := note.Open(signed, note.VerifierList(verifier))
	must(err)
	var t tlog.Tree
	var root string
	_, err = fmt.Sscanf(opened.Text, origin+"\n%d\n%s\n", &t.N, &root)
	must(err)
	t.Hash, err = tlog.ParseHash(root)
	must(err)
	return t
}

// tiles reads from a folder; x/mod's paths tell the height, C2SP's do not.
type tiles struct{ dir string }

func (t tiles) Height() int                   { return 8 }
func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}
func (t tiles) ReadTiles(wanted []tlog.Tile) (all [][]byte, err error) {
	for _, w := range wanted {
		data, err := os.ReadFile(filepath.Join(t.dir, "tile", strings.TrimPrefix(w.Path(), "tile/8/")))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func proof(path, key, entry string) {
	head, signed, found := bytes.Cut(read(path), []byte("\n\n"))
	if !found {
		must(fmt.Errorf("no empty line"))
	}
	t := tree(signed, key)
	lines := strings.Split(string(head), "\n")
	var index int64
	_, err := fmt.Sscanf(lines[0]+" "+lines[1], "c2sp.org/tlog-proof@v1 index %d", &index)
	must(err)
	var hashes tlog.RecordProof
	for _, line := range lines[2:] {
		h, err := tlog.ParseHash(line)
		must(err)
		hashes = append(hashes, h)
	}
	record, err := hex.DecodeString(entry)
	must(err)
	must(tlog.CheckRecord(hashes, t.N, t.Hash, index, tlog.RecordHash(record)))
}

func main() {
	switch word, file, key := os.Args[1], os.Args[len(os.Args)-1], os.Args[2]; word {
	case "checkpoint":
		tree(read(file), key)
	case "proof":
		proof(file, key, os.Args[3])
	case "tiles":
		t := tree(read(filepath.Join(file, "checkpoint")), key)
		var indexes []int64
		for i := int64(0); i < t.N; i++ {
			indexes = append(indexes, tlog.StoredHashIndex(0, i))
		}
		hashes, err := tlog.TileHashReader(t, tiles{file}).ReadHashes(indexes)
		must(err)
		bundle := read(filepath.Join(file, "tile/entries", fmt.Sprintf("000.p/%d", t.N)))
		for i, h := range hashes {
			n := int(binary.BigEndian.Uint16(bundle))
			if tlog.RecordHash(bundle[2:2+n]) != h {
				must(fmt.Errorf("entry %d is not what its tile has", i))
			}
			bundle = bundle[2+n:]
		}
		if len(bundle) > 0 {
			must(fmt.Errorf("more entries than the tree has"))
		}
	}
}
