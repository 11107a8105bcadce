//! Secrets that could be guessed: those from an example, those that a person typed without much
//! thought.
//!
//! No test of a text can show that it is random. These checks refuse what certainly is not, and let
//! every text pass that a generator makes: of a million random secrets of 32 hexadecimal digits,
//! less than one has so few different characters.

/// Bytes of a secret, at least: 128 bits, also where it is written in hexadecimal digits
/// (ASVS 2.10.2).
pub const SECRET_BYTES_MIN: usize = 32;

/// Different characters of a secret, at least.
const VARIETY_MIN: usize = 8;

/// Pieces of texts that stand in examples where a secret belongs.
const PLACEHOLDERS: [&str; 9] = [
    "change-me",
    "change_me",
    "changeme",
    "example",
    "password",
    "placeholder",
    "random-characters",
    "replace-",
    "replace_",
];

/// A secret and those that it replaced, which still open what was made with them.
#[derive(Clone, PartialEq, Eq)]
pub struct Secrets(Vec<String>);

impl Secrets {
    /// The newest one comes first, with a comma before each older one.
    pub fn split(text: &str) -> Self {
        let secrets = text.split(',').map(|secret| secret.trim().to_owned());
        Self(secrets.collect())
    }

    /// The secret that new things are made with.
    pub fn newest(&self) -> &str {
        &self.0[0]
    }

    /// Every one, the newest first.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} secrets", self.0.len())
    }
}

/// Why a text is no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weakness {
    /// There is none.
    Missing,
    /// It has fewer bytes than [`SECRET_BYTES_MIN`].
    Short,
    /// It is one of an example, which everybody has read.
    Placeholder,
    /// It has few different characters, repeats itself, or counts on.
    LowVariety,
}

impl Weakness {
    /// What is wrong, and what is wanted.
    pub fn reason(self) -> String {
        let what = match self {
            Weakness::Missing => "is not set",
            Weakness::Short => "is too short",
            Weakness::Placeholder => "is the text of an example",
            Weakness::LowVariety => "has too little variety, so that it could be guessed",
        };
        format!(
            "{what}: set at least {SECRET_BYTES_MIN} random bytes, such as those of `openssl rand -hex 32`"
        )
    }
}

/// What speaks against a text as a secret.
pub fn weakness(secret: &str) -> Option<Weakness> {
    if secret.is_empty() {
        return Some(Weakness::Missing);
    }
    let small = secret.to_ascii_lowercase();
    if PLACEHOLDERS.iter().any(|piece| small.contains(piece)) {
        return Some(Weakness::Placeholder);
    }
    if secret.len() < SECRET_BYTES_MIN {
        return Some(Weakness::Short);
    }
    lacks_variety(secret.as_bytes()).then_some(Weakness::LowVariety)
}

/// Whether a text is certainly not random.
pub(crate) fn lacks_variety(bytes: &[u8]) -> bool {
    let mut seen = [false; 256];
    for &byte in bytes {
        seen[usize::from(byte)] = true;
    }
    let variety = seen.iter().filter(|&&seen| seen).count();
    variety < VARIETY_MIN || repeats(bytes) || counts_on(bytes)
}

/// Whether the text is a shorter one, twice or more.
fn repeats(bytes: &[u8]) -> bool {
    (1..=bytes.len() / 2).any(|period| {
        bytes
            .iter()
            .zip(bytes.iter().skip(period))
            .all(|(one, next)| one == next)
    })
}

/// Whether half of the characters are their neighbour's or the next one after it, as in `abcd…`.
fn counts_on(bytes: &[u8]) -> bool {
    let pairs = bytes.windows(2);
    let steps = pairs
        .filter(|pair| pair[1] == pair[0] || pair[1] == pair[0].wrapping_add(1))
        .count();
    steps * 2 >= bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_be_guessed_is_refused() {
        let cases = [
            ("", Weakness::Missing),
            ("change-me-to-32-random-characters", Weakness::Placeholder),
            ("CHANGE-ME-to-something-very-long-1", Weakness::Placeholder),
            ("replace-with-your-own-secret-value", Weakness::Placeholder),
            ("0f3a9c", Weakness::Short),
            ("0f3a9c1d5e7b2486f09c3d1a5b7e9f2", Weakness::Short),
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", Weakness::LowVariety),
            ("abababababababababababababababab", Weakness::LowVariety),
            ("0123456789abcdef0123456789abcdef", Weakness::LowVariety),
            ("abcdefghijklmnopqrstuvwxyz012345", Weakness::LowVariety),
            ("aaaabbbbccccddddeeeeffffgggghhhh", Weakness::LowVariety),
            ("4kw9zq7m4kw9zq7m4kw9zq7m4kw9zq7m4k", Weakness::LowVariety),
        ];
        for (secret, expected) in cases {
            assert_eq!(weakness(secret), Some(expected), "{secret}");
            assert!(expected.reason().contains("openssl"));
        }
    }

    #[test]
    fn what_a_generator_makes_passes() {
        // SplitMix64, so that the test is the same in each run.
        let mut state = 7_u64;
        let mut next = || {
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            z ^ (z >> 31)
        };
        for _ in 0..20_000 {
            let secret = format!("{:016x}{:016x}", next(), next());
            assert_eq!(weakness(&secret), None, "{secret}");
        }
        assert_eq!(
            weakness("mF3+0rJx9kQ2ZtVb7LwNc8aSdYhGe5UiOp1KqXyRj4="),
            None
        );
    }
}
