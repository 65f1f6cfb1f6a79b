//! Trees and proofs against the vectors of RFC 6962, the definition in its text, and other implementations.

use proptest::prelude::*;
use sha2::{Digest, Sha256};

use crate::chain::Hash;
use crate::witness::tree::*;

fn leaf(bytes: &[u8]) -> Hash {
    let mut hasher = LeafHasher::new();
    hasher.update(bytes);
    hasher.finish()
}

fn frontier(leaves: &[Hash]) -> Frontier {
    let mut frontier = Frontier::default();
    leaves
        .iter()
        .for_each(|leaf| frontier.push(*leaf, |_, _| {}));
    frontier
}

fn head(leaves: &[Hash]) -> TreeHead {
    let frontier = frontier(leaves);
    TreeHead {
        size: frontier.size(),
        root: frontier.root(),
    }
}

/// The proof, where the first `removed` leaves are no longer there.
fn prove(leaves: &[Hash], removed: usize, old: usize) -> Result<Vec<Hash>, Gone> {
    let mut tree = frontier(&leaves[..removed]);
    let mut prover = Prover::new(old as u64, leaves.len() as u64);
    prover.begin(&tree);
    for leaf in &leaves[removed..] {
        tree.push(*leaf, |block, hash| prover.see(block, hash));
    }
    prover.finish()
}

fn some(count: usize) -> Vec<Hash> {
    (0..count)
        .map(|at| leaf(format!("leaf {at}").as_bytes()))
        .collect()
}

/// The inputs of the test vectors of Certificate Transparency.
fn inputs() -> Vec<Hash> {
    let hex = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ];
    let decode = |hex: &str| data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap();
    hex.iter().map(|hex| leaf(&decode(hex))).collect()
}

#[test]
fn roots_are_those_of_certificate_transparency() {
    let roots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    let inputs = inputs();
    for (size, root) in roots.iter().enumerate() {
        assert_eq!(head(&inputs[..size]).root.to_string(), *root, "{size}");
    }
}

#[test]
fn proofs_are_those_of_certificate_transparency() {
    let cases: [(usize, usize, &[&str]); 4] = [
        (1, 1, &[]),
        (
            1,
            8,
            &[
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            6,
            8,
            &[
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
        (
            2,
            5,
            &[
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ],
        ),
    ];
    let inputs = inputs();
    for (old, new, wanted) in cases {
        let proof = prove(&inputs[..new], 0, old).unwrap();
        let proof_text: Vec<_> = proof.iter().map(Hash::to_string).collect();
        assert_eq!(proof_text, wanted, "{old} to {new}");
        assert!(consistent(
            &head(&inputs[..old]),
            &head(&inputs[..new]),
            &proof
        ));
    }
}

/// The digest over all roots and proofs of 1 to 200 leaves as the crate tlog_tiles 0.2.0 makes them, which is
/// a port of Go's golang.org/x/mod/sumdb/tlog.
#[test]
fn roots_and_proofs_are_those_of_another_implementation() {
    let leaves = some(200);
    let mut digest = Sha256::new();
    for new in 1..=leaves.len() {
        digest.update(head(&leaves[..new]).root.0);
        for old in 1..=new {
            for hash in prove(&leaves[..new], 0, old).unwrap() {
                digest.update(hash.0);
            }
        }
    }
    assert_eq!(
        Hash(digest.finalize().into()).to_string(),
        "707f208dab2c1fe69b2a9bcf105b31e8b5cc2268b1b318ac78bc854b4dcc2263"
    );
}

#[test]
fn a_proof_is_of_two_trees_and_no_others() {
    let leaves = some(40);
    let heads: Vec<_> = (0..=40).map(|size| head(&leaves[..size])).collect();
    for new in 1..=40 {
        for old in 0..=new {
            let proof = prove(&leaves[..new], 0, old).unwrap();
            assert!(
                consistent(&heads[old], &heads[new], &proof),
                "{old} to {new}"
            );
            let mut other = heads[old];
            other.root.0[0] ^= 1;
            assert_eq!(consistent(&other, &heads[new], &proof), old == 0);
            let mut other = heads[new];
            other.root.0[31] ^= 1;
            assert_eq!(consistent(&heads[old], &other, &proof), old == 0);
            if old == 0 {
                continue;
            }
            for size in 1..=40 {
                let root = heads[new].root;
                let other = TreeHead { size, root };
                let same = size == new as u64;
                if consistent(&heads[old], &other, &proof) && !same {
                    // RFC 6962 does not bind the size where the shape of the path is the same; the signature does.
                    assert!(size > old as u64, "{old} to {new} as {size}");
                }
            }
            for at in 0..proof.len() {
                let mut changed = proof.clone();
                changed[at].0[7] ^= 1;
                assert!(!consistent(&heads[old], &heads[new], &changed));
                let mut shorter = proof.clone();
                shorter.remove(at);
                assert!(!consistent(&heads[old], &heads[new], &shorter));
            }
            let longer = [proof.as_slice(), &[leaves[0]]].concat();
            assert!(!consistent(&heads[old], &heads[new], &longer));
        }
        assert!(!consistent(&heads[new], &heads[new - 1], &[]), "backwards");
    }
}

#[test]
fn what_was_removed_is_not_needed_to_go_on() {
    let leaves = some(60);
    for removed in 0..=60 {
        let mut tree = frontier(&leaves[..removed]);
        let stored = serde_json::to_vec(&tree).unwrap();
        assert_eq!(serde_json::from_slice::<Frontier>(&stored).unwrap(), tree);
        leaves[removed..]
            .iter()
            .for_each(|leaf| tree.push(*leaf, |_, _| {}));
        assert_eq!(tree.root(), head(&leaves).root);
        for old in 0..=60 {
            let proof = prove(&leaves, removed, old);
            if old >= removed || old == 0 {
                assert_eq!(
                    proof,
                    prove(&leaves, 0, old),
                    "{removed} removed, from {old}"
                );
            } else if let Ok(proof) = proof {
                assert_eq!(proof, prove(&leaves, 0, old).unwrap());
            }
        }
    }
    assert_eq!(prove(&leaves, 33, 3), Err(Gone));
}

#[test]
fn a_damaged_frontier_is_none() {
    for text in [
        r#"{"size":3,"nodes":[]}"#,
        r#"{"size":0,"nodes":["0000000000000000000000000000000000000000000000000000000000000000"]}"#,
        r#"{"size":-1,"nodes":[]}"#,
    ] {
        assert!(serde_json::from_str::<Frontier>(text).is_err(), "{text}");
    }
}

/// As the text of RFC 6962 defines it.
fn root_by_definition(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hash::of(b""),
        [leaf] => *leaf,
        leaves => {
            let half = 1 << (leaves.len() - 1).ilog2();
            let (left, right) = leaves.split_at(half);
            let (left, right) = (root_by_definition(left), root_by_definition(right));
            Hash::of(&[&[1], &left.0[..], &right.0[..]].concat())
        }
    }
}

proptest! {
    #[test]
    fn sizes_of_any_kind_end(old in any::<u64>(), new in any::<u64>(), hashes in 0usize..64) {
        let root = leaf(b"");
        let proof = vec![root; hashes];
        let told = consistent(&TreeHead { size: old, root }, &TreeHead { size: new, root }, &proof);
        prop_assert!(!told || old == 0 || old == new);
    }

    #[test]
    fn roots_are_as_defined(count in 0usize..300) {
        let leaves = some(count);
        prop_assert_eq!(head(&leaves).root, root_by_definition(&leaves));
    }
}
