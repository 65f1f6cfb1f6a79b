//! The keys that sign a record and the next one. Each key makes one signature, which names the next key. The first
//! key of each file is random; the others are derived from it.

use std::io;

use super::{Journal, Position, Result, Secrets, Trust, step};
use crate::chain::Hash;
use crate::key::{self, PublicKey, SecretKey};
use crate::record::Keys;
use crate::secrets::{next_seed, random};

/// A machine that lost its power may have lost as many signatures' worth of the seal, and kept the log.
const FORGOTTEN: usize = 4096;

/// A key that signs, and what it was made from.
#[derive(Clone)]
pub(super) struct Signer {
    pub(super) seed: Hash,
    key: SecretKey,
}

impl Signer {
    fn of(seed: Hash) -> Result<Self> {
        let key = SecretKey::from_seed(&seed.0).map_err(step("read its key"))?;
        Ok(Self { seed, key })
    }

    pub(super) fn sign(&self, hash: &Hash) -> [u8; 64] {
        self.key.sign(hash)
    }
}

/// A signature that is about to be made.
pub(super) struct Signing {
    pub(super) keys: Keys,
    pub(super) signer: Signer,
    /// The next signer.
    pub(super) next: Signer,
    /// The signer is stored with the log's keys, because the records before this one may not name it.
    pub(super) noted: bool,
    /// Number of the first record of the file that ends here; the next key is noted, too.
    pub(super) ends: Option<u64>,
}

impl Journal {
    /// The signature of the key in force.
    pub(super) fn signing(&mut self) -> Result<Signing> {
        let before = self.head.value().map(|head| head.position.clone());
        self.signing_after(before.as_ref())
    }

    /// The signature of a record that follows this one. If the key in force is lost, a new one takes over, and the
    /// record states that.
    pub(super) fn signing_after(&mut self, before: Option<&Position>) -> Result<Signing> {
        let mut secrets = self.secrets_for(before)?;
        let wanted = before.and_then(|before| before.key);
        let found = match &wanted {
            Some(wanted) => self.find(&secrets, wanted)?,
            None => Some(Signer::of(secrets.sign)?),
        };
        let lost = found.is_none();
        let signer = match found {
            Some(signer) => signer,
            None => {
                secrets.sign = random().map_err(step("make its key"))?;
                let signer = Signer::of(secrets.sign)?;
                self.keep(secrets)?;
                signer
            }
        };
        let next = Signer::of(next_seed(&signer.seed))?;
        Ok(Signing {
            keys: Keys {
                signer: signer.key.public(),
                next: Some(next.key.public()),
                lost: wanted.filter(|_| lost),
            },
            signer,
            next,
            noted: lost || wanted.is_none(),
            ends: None,
        })
    }

    /// The last signature before a file ends names a key that does not follow from its own.
    pub(super) fn signing_last(&mut self) -> Result<Signing> {
        let mut signing = self.signing()?;
        let before = self.head.value().map(|head| head.position.clone());
        let mut secrets = self.secrets_for(before.as_ref())?;
        let seed = match secrets.next {
            Some(seed) => seed,
            None => {
                let seed = random().map_err(step("make its key"))?;
                secrets.next = Some(seed);
                self.keep(secrets)?;
                seed
            }
        };
        signing.next = Signer::of(seed)?;
        signing.keys.next = Some(signing.next.key.public());
        signing.ends = Some(self.position()?.first);
        Ok(signing)
    }

    /// The signature of a key that stays in force.
    pub(super) fn signing_same(&mut self) -> Result<Signing> {
        let signing = self.signing()?;
        Ok(Signing {
            keys: Keys {
                next: None,
                ..signing.keys
            },
            next: signing.signer.clone(),
            ..signing
        })
    }

    /// If a key were named and then lost, nobody could continue the log. So it is on disk first.
    fn keep(&mut self, secrets: Secrets) -> Result<()> {
        self.secrets
            .write(secrets)
            .and_then(|()| self.secrets.sync())
            .map_err(step("make its key"))
    }

    /// The key with this public half, if its seed is here.
    fn find(&self, secrets: &Secrets, wanted: &PublicKey) -> Result<Option<Signer>> {
        let is_wanted = |signer: &Signer| signer.key.public() == *wanted;
        if let Some(known) = self.signer.as_ref().filter(|signer| is_wanted(signer)) {
            return Ok(Some(known.clone()));
        }
        let waiting = secrets.next.map(Signer::of).transpose()?;
        if let Some(waiting) = waiting.filter(is_wanted) {
            return Ok(Some(waiting));
        }
        let mut seed = secrets.sign;
        for _ in 0..FORGOTTEN {
            let signer = Signer::of(seed)?;
            if is_wanted(&signer) {
                return Ok(Some(signer));
            }
            seed = next_seed(&seed);
        }
        Ok(None)
    }

    /// What seals and signs the record after this one.
    pub(super) fn secrets_for(&mut self, before: Option<&Position>) -> Result<Secrets> {
        let last = before.map_or(0, |before| before.seq);
        let known = self.secrets.value();
        let seal = known.and_then(|known| known.seal.at(last.saturating_add(1)));
        if let (Some(known), Some(seal)) = (known, seal) {
            return Ok(Secrets {
                seal,
                ..known.clone()
            });
        }
        let state = &self.settings.state;
        let sign = match (known, before.and_then(|before| before.key)) {
            (Some(known), _) => Some(known.sign),
            // nethost 0.1.0 wrote the log up to here.
            (None, Some(wanted)) => key::old_seed(state, &wanted).map_err(step("read its key"))?,
            (None, None) => None,
        };
        let sign = sign.map_or_else(random, Ok).map_err(step("make its key"))?;
        let prev = before.map_or(Hash::default(), |before| before.hash);
        let secrets = Secrets::new(last, prev, sign).map_err(step("make its seal"))?;
        self.keep(secrets.clone())?;
        key::remove_old(&self.settings.state).map_err(step("remove its old key"))?;
        Ok(secrets)
    }

    /// Stores the keys that verification cannot derive from the previous one, or that begin a file.
    pub(super) fn note_keys(
        &self,
        keys: &Keys,
        seq: u64,
        noted: bool,
        ends: Option<u64>,
    ) -> io::Result<()> {
        let state = &self.settings.state;
        if noted {
            Trust::note(state, keys.signer, seq, None)?;
        }
        if let (Some(first), Some(next)) = (ends, keys.next) {
            Trust::note(state, next, seq.saturating_add(1), Some(first))?;
        }
        Ok(())
    }
}
