package receipt

import (
	"bytes"
	"crypto/sha256"
	"math/bits"
	"slices"
)

// leaf and node are the hashes of RFC 6962, section 2.1: a leaf can never pass for a node.
func leaf(text []byte) Digest {
	sum := sha256.Sum256(append([]byte{0}, text...))
	return sum[:]
}

func node(left, right Digest) Digest {
	var both [1 + 2*sha256.Size]byte
	both[0] = 1
	copy(both[1:], left)
	copy(both[1+sha256.Size:], right)
	sum := sha256.Sum256(both[:])
	return sum[:]
}

// split is the largest power of two below n, which is at least 2.
func split(n int) int { return 1 << (bits.Len(uint(n-1)) - 1) }

// rootOf is the root of a tree over at least one leaf.
func rootOf(leaves []Digest) Digest {
	if len(leaves) == 1 {
		return leaves[0]
	}
	k := split(len(leaves))
	return node(rootOf(leaves[:k]), rootOf(leaves[k:]))
}

// pathTo is the audit path of the leaf at place, from the leaf up.
func pathTo(leaves []Digest, place int) []Digest {
	if len(leaves) == 1 {
		return nil
	}
	k := split(len(leaves))
	if place < k {
		return append(pathTo(leaves[:k], place), rootOf(leaves[k:]))
	}
	return append(pathTo(leaves[k:], place-k), rootOf(leaves[:k]))
}

// branchSize is how many leaves a branch has. A tree splits at powers of two, so the roots of its branches, in order, are
// the leaves of a tree of the same shape above them: a path needs one branch's leaves and not all of them.
const branchSize = 1024

// branchesOf are the roots of a tree's branches.
func branchesOf(leaves []Digest) (all []Digest) {
	for branch := range slices.Chunk(leaves, branchSize) {
		all = append(all, rootOf(branch))
	}
	return all
}

// climbs reports whether the path leads from a leaf at place, of a tree with so many leaves, to the root.
func climbs(at Digest, place, leaves int, path []Digest, root Digest) bool {
	if place < 0 || place >= leaves {
		return false
	}
	got, rest := climb(at, place, leaves, path)
	return rest != nil && len(*rest) == 0 && bytes.Equal(got, root)
}

// climb returns the root that the path leads to and what is left of the path; nil when it is too short.
func climb(at Digest, place, leaves int, path []Digest) (Digest, *[]Digest) {
	if leaves == 1 {
		return at, &path
	}
	k := split(leaves)
	left := place < k
	inner, rest := place, k
	if !left {
		inner, rest = place-k, leaves-k
	}
	got, remains := climb(at, inner, rest, path)
	if remains == nil || len(*remains) == 0 {
		return nil, nil
	}
	next, others := (*remains)[0], (*remains)[1:]
	if left {
		return node(got, next), &others
	}
	return node(next, got), &others
}
