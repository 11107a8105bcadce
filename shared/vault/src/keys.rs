//! Keys, and what is done with one.

use std::fmt;
use std::rc::Rc;

use base64::{Engine, engine::general_purpose::STANDARD, engine::general_purpose::URL_SAFE_NO_PAD};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use souk_ports::Randomness;

/// What a sealed text begins with: the version of this form.
const FORM: &str = "v1";
/// What the key of keyed hashes is derived for. Source: BLAKE3, `derive_key`.
const HASHING: &str = "souk 2026-11-29 keyed fingerprint of an order";
/// Bytes of a nonce of XChaCha20: so many that random ones never meet, whatever a key seals.
const NONCE_BYTES: usize = 24;
/// Longest name of a key, in bytes.
const KEY_NAME_BYTES_MAX: usize = 32;

/// Why something was not sealed or opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// The secret with the keys cannot be read.
    #[error(
        "the data keys must be NAME:KEY, separated by commas, each KEY 32 bytes in base64 \
        (`openssl rand -base64 32`) and each NAME letters and digits: {0}"
    )]
    Keys(String),
    /// There is no key, and no setting says that this is meant.
    #[error(
        "no data keys: set the secret data_keys (DATA_KEYS on Workers) to NAME:KEY, KEY by \
        `openssl rand -base64 32`. Where names and addresses of orders are meant to be stored open, \
        set open_storage (OPEN_STORAGE) to true"
    )]
    NoKeys,
    /// The text was sealed with a key that is not among those of the deployment.
    #[error("sealed with the key {0:?}, which is not among the data keys")]
    UnknownKey(String),
    /// The text was changed, or belongs to something else.
    #[error("the sealed text is damaged or belongs elsewhere")]
    Damaged,
}

/// The keys of a deployment, the one that seals first. Without any, nothing is sealed.
#[derive(Clone, Default)]
pub struct Vault {
    keys: Vec<NamedKey>,
}

#[derive(Clone)]
struct NamedKey {
    name: String,
    cipher: XChaCha20Poly1305,
    /// Of keyed hashes.
    hashing: [u8; 32],
    random: Rc<dyn Randomness>,
}

impl NamedKey {
    fn nonce(&self) -> [u8; NONCE_BYTES] {
        let random = [self.random.random_bytes(), self.random.random_bytes()];
        let (nonce, _) = random
            .as_flattened()
            .split_first_chunk()
            .expect("32 bytes have 24 in front");
        *nonce
    }
}

/// Names only: a key is never shown.
impl fmt::Debug for Vault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.keys.iter().map(|key| &key.name);
        out.debug_list().entries(names).finish()
    }
}

impl Vault {
    /// Reads the secret: `NAME:KEY` or several of them, separated by commas, the newest first.
    /// An empty secret is a vault without keys. Nonces come from `random`.
    ///
    /// # Errors
    /// [`VaultError::Keys`] with what is wrong, and never with a key.
    pub fn read(secret: &str, random: impl Randomness + 'static) -> Result<Self, VaultError> {
        let wrong = |what: String| Err(VaultError::Keys(what));
        let random: Rc<dyn Randomness> = Rc::new(random);
        let mut keys: Vec<NamedKey> = Vec::new();
        for (at, entry) in (1..).zip(secret.split(',').filter(|entry| !entry.trim().is_empty())) {
            let Some((name, key)) = entry.trim().split_once(':') else {
                return wrong(format!("entry {at} has no name"));
            };
            let named = (1..=KEY_NAME_BYTES_MAX).contains(&name.len())
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
            if !named {
                return wrong(format!("entry {at} has no proper name"));
            }
            if keys.iter().any(|known| known.name == name) {
                return wrong(format!("the name {name} is there twice"));
            }
            let key: Option<[u8; 32]> = STANDARD
                .decode(key)
                .ok()
                .and_then(|key| key.try_into().ok());
            let Some(key) = key else {
                return wrong(format!("the key {name} is not 32 bytes in base64"));
            };
            keys.push(NamedKey {
                name: name.to_owned(),
                hashing: blake3::derive_key(HASHING, &key),
                cipher: XChaCha20Poly1305::new(&key.into()),
                random: random.clone(),
            });
        }
        Ok(Self { keys })
    }

    /// The same for a deployment that has to have a key, unless it means to store open.
    ///
    /// # Errors
    /// As [`Self::read`], and [`VaultError::NoKeys`].
    pub fn of_deployment(
        secret: &str,
        open_storage: bool,
        random: impl Randomness + 'static,
    ) -> Result<Self, VaultError> {
        let vault = Self::read(secret, random)?;
        match vault.seals() || open_storage {
            true => Ok(vault),
            false => Err(VaultError::NoKeys),
        }
    }

    /// The names of the keys, the one that seals first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|key| key.name.as_str())
    }

    /// The name of the key that a text was sealed, or a fingerprint made, with; `None` for what is
    /// neither.
    pub fn key_of(text: &str) -> Option<&str> {
        let (first, rest) = text.split_once('.')?;
        match first {
            FORM => rest.split_once('.').map(|(name, _)| name),
            name => Some(name),
        }
    }

    /// A fingerprint that tells nothing to those who have no key, and can be compared all the same:
    /// `KEY.HASH`. The newest key first, then the older ones, by which what was stored before is
    /// recognised; last the fingerprint as it is, as it is stored without keys.
    pub fn fingerprints(&self, plain: &str) -> impl Iterator<Item = String> {
        let keyed = self.keys.iter().map(|key| {
            let hash = blake3::keyed_hash(&key.hashing, plain.as_bytes());
            format!("{}.{}", key.name, hash.to_hex())
        });
        keyed.chain(std::iter::once(plain.to_owned()))
    }

    /// The one that is stored.
    pub fn fingerprint(&self, plain: &str) -> String {
        let mut all = self.fingerprints(plain);
        all.next().expect("the last one is always there")
    }

    /// Whether there is a key to seal with.
    pub fn seals(&self) -> bool {
        !self.keys.is_empty()
    }

    /// Seals a text for a context; `None` without keys. Printable ASCII:
    /// `v1.KEY.BASE64URL(nonce, ciphertext, tag)`.
    pub fn seal(&self, context: &str, text: &[u8]) -> Option<String> {
        let key = self.keys.first()?;
        let nonce = key.nonce();
        let payload = Payload {
            msg: text,
            aad: context.as_bytes(),
        };
        let sealed = key
            .cipher
            .encrypt(&XNonce::from(nonce), payload)
            .expect("an order is far below the cipher's bound of 256 GiB");
        let whole = [nonce.as_slice(), &sealed].concat();
        Some(format!(
            "{FORM}.{}.{}",
            key.name,
            URL_SAFE_NO_PAD.encode(whole)
        ))
    }

    /// Opens a text that was sealed for this context, and says whether with an older key.
    ///
    /// # Errors
    /// [`VaultError::UnknownKey`] and [`VaultError::Damaged`].
    pub fn open(&self, context: &str, sealed: &str) -> Result<(Vec<u8>, bool), VaultError> {
        let mut parts = sealed.splitn(3, '.');
        let (Some(FORM), Some(name), Some(whole)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(VaultError::Damaged);
        };
        let place = self.keys.iter().position(|key| key.name == name);
        let place = place.ok_or_else(|| VaultError::UnknownKey(name.to_owned()))?;
        let whole = URL_SAFE_NO_PAD
            .decode(whole)
            .map_err(|_| VaultError::Damaged)?;
        let (nonce, sealed) = whole
            .split_first_chunk::<NONCE_BYTES>()
            .ok_or(VaultError::Damaged)?;
        let payload = Payload {
            msg: sealed,
            aad: context.as_bytes(),
        };
        let text = self.keys[place]
            .cipher
            .decrypt(&XNonce::from(*nonce), payload)
            .map_err(|_| VaultError::Damaged)?;
        Ok((text, place > 0))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// Other bytes each time, and the same ones in each run.
    struct Counted(Cell<u128>);

    impl Randomness for Counted {
        fn random_bytes(&self) -> [u8; 16] {
            self.0.set(self.0.get() + 1);
            self.0.get().to_be_bytes()
        }
    }

    fn read(secret: &str) -> Result<Vault, VaultError> {
        Vault::read(secret, Counted(Cell::new(0)))
    }

    fn key(name: &str, byte: u8) -> String {
        format!("{name}:{}", STANDARD.encode([byte; 32]))
    }

    fn vault(keys: &[(&str, u8)]) -> Vault {
        let keys: Vec<_> = keys.iter().map(|&(name, byte)| key(name, byte)).collect();
        read(&keys.join(",")).unwrap()
    }

    #[test]
    fn what_is_sealed_is_opened_and_shows_nothing() {
        let vault = vault(&[("a", 1)]);
        let sealed = vault.seal("order 1", "李娜 Li Na".as_bytes()).unwrap();
        assert!(sealed.starts_with("v1.a.") && !sealed.contains("Li"));
        let opened = vault.open("order 1", &sealed);
        assert_eq!(opened, Ok(("李娜 Li Na".as_bytes().to_vec(), false)));
    }

    #[test]
    fn sealing_the_same_text_again_shows_no_likeness() {
        let vault = vault(&[("a", 1)]);
        let sealed: Vec<_> = (0..3)
            .map(|_| vault.seal("order 1", b"Li Na").unwrap())
            .collect();
        let whole = |sealed: &String| {
            let (_, whole) = sealed.rsplit_once('.').unwrap();
            URL_SAFE_NO_PAD.decode(whole).unwrap()
        };
        for (at, one) in sealed.iter().enumerate() {
            let opened = vault.open("order 1", one);
            assert_eq!(opened, Ok((b"Li Na".to_vec(), false)));
            for other in &sealed[..at] {
                assert_ne!(whole(one)[..NONCE_BYTES], whole(other)[..NONCE_BYTES]);
                assert_ne!(whole(one)[NONCE_BYTES..], whole(other)[NONCE_BYTES..]);
            }
        }
    }

    #[test]
    fn what_was_changed_or_moved_does_not_open() {
        let vault = vault(&[("a", 1)]);
        let sealed = vault.seal("order 1", b"Li Na").unwrap();
        assert_eq!(vault.open("order 2", &sealed), Err(VaultError::Damaged));
        for at in 5..sealed.len() {
            let mut changed = sealed.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(
                vault.open("order 1", &changed),
                Err(VaultError::Damaged),
                "{at}"
            );
        }
        for nonsense in [
            "",
            "v1",
            "v1.a",
            "v1.a.",
            "v2.a.AAAA",
            "v1.a.AAAA",
            "v1.a.%",
        ] {
            assert_eq!(
                vault.open("order 1", nonsense),
                Err(VaultError::Damaged),
                "{nonsense}"
            );
        }
    }

    #[test]
    fn a_new_key_in_front_seals_and_the_old_one_still_opens() {
        let old = vault(&[("a", 1)]);
        let sealed = old.seal("order 1", b"Li Na").unwrap();
        let both = vault(&[("b", 2), ("a", 1)]);
        assert_eq!(both.open("order 1", &sealed), Ok((b"Li Na".to_vec(), true)));
        assert!(both.seal("order 1", b"Li Na").unwrap().starts_with("v1.b."));
        let new = vault(&[("b", 2)]);
        assert_eq!(
            new.open("order 1", &sealed),
            Err(VaultError::UnknownKey("a".to_owned()))
        );
        // A key under another's name opens nothing.
        let other = vault(&[("a", 3)]);
        assert_eq!(other.open("order 1", &sealed), Err(VaultError::Damaged));
    }

    #[test]
    fn a_fingerprint_needs_the_key_and_is_recognised_by_an_older_one() {
        let old = vault(&[("a", 1)]);
        let stored = old.fingerprint("hash of an order");
        assert_eq!(Vault::key_of(&stored), Some("a"));
        assert!(!stored.contains("hash of an order"));
        assert_eq!(stored, old.fingerprint("hash of an order"));
        assert_ne!(stored, old.fingerprint("hash of another"));
        assert_ne!(stored, vault(&[("a", 2)]).fingerprint("hash of an order"));
        let both = vault(&[("b", 2), ("a", 1)]);
        let known: Vec<_> = both.fingerprints("hash of an order").collect();
        assert_eq!(known[1..], [stored, "hash of an order".to_owned()]);
        assert_eq!(Vault::key_of(&known[0]), Some("b"));
        let open = read("").unwrap();
        assert_eq!(open.fingerprint("hash of an order"), "hash of an order");
        assert_eq!(Vault::key_of("hash of an order"), None);
        let sealed = both.seal("order 1", b"Li Na").unwrap();
        assert_eq!(Vault::key_of(&sealed), Some("b"));
    }

    #[test]
    fn a_deployment_without_keys_says_that_it_means_it() {
        let random = || Counted(Cell::new(0));
        let read = |keys: &str, open: bool| {
            let vault = Vault::of_deployment(keys, open, random());
            vault.map(|vault| vault.seals())
        };
        assert_eq!(read(" ", false), Err(VaultError::NoKeys));
        assert_eq!(read("", true), Ok(false));
        assert_eq!(read(&key("a", 1), false), Ok(true));
        assert!(matches!(read("a:", true), Err(VaultError::Keys(_))));
    }

    #[test]
    fn bad_keys_are_refused_without_being_shown() {
        for bad in [
            "x",
            ":",
            "a:",
            "a:c2hvcnQ=",
            "ä:AAAA",
            &format!("{0},{0}", key("a", 1)),
        ] {
            let error = read(bad).unwrap_err().to_string();
            assert!(
                error.contains("openssl") && !error.contains("c2hvcnQ"),
                "{error}"
            );
        }
        assert!(!read(" , ").unwrap().seals());
        assert_eq!(format!("{:?}", vault(&[("a", 1)])), "[\"a\"]");
    }
}
