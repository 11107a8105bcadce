//! Postings: which documents of a run have a term, and how much each is about it.

use souk_catalogue::{DecodeError, content};

use super::bytes::{ByteReader, new_blob, put_varint};

/// A document that has a term.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posting {
    /// Its place in the run.
    pub document: u32,
    /// How much it is about the term: 1 to 255, see `impact` in `README.md`.
    pub impact: u8,
    /// Whether the term is the head of its title or of its type.
    pub is_head: bool,
    /// Whether the term is only a piece: characters of two words beside each other.
    pub is_piece: bool,
}

const HEAD: u8 = 1;
const PIECE: u8 = 2;

/// Writes postings in the order of their documents.
pub fn encode_postings(postings: &[Posting]) -> Vec<u8> {
    let mut out = Vec::with_capacity(postings.len() * 3);
    let mut next = 0;
    for posting in postings {
        let flags =
            if posting.is_head { HEAD } else { 0 } | if posting.is_piece { PIECE } else { 0 };
        let gap = posting.document - next;
        next = posting.document + 1;
        put_varint(&mut out, gap << 1 | u32::from(flags != 0));
        out.push(posting.impact);
        if flags != 0 {
            out.push(flags);
        }
    }
    out
}

/// Calls `each` with every posting; `documents` is how many the run has.
///
/// # Errors
/// When the bytes are damaged or name a document that the run does not have.
pub fn read_postings(
    bytes: &[u8],
    documents: u32,
    mut each: impl FnMut(Posting),
) -> Result<(), DecodeError> {
    let mut reader = ByteReader::new("list of postings", bytes);
    let mut next = 0_u32;
    while !reader.is_empty() {
        let gap = reader.varint()?;
        let impact = reader.byte()?;
        let flags = if gap & 1 == 1 { reader.byte()? } else { 0 };
        let document = next.saturating_add(gap >> 1);
        if document >= documents {
            return Err(reader.error("a document that the run does not have"));
        }
        next = document + 1;
        each(Posting {
            document,
            impact,
            is_head: flags & HEAD != 0,
            is_piece: flags & PIECE != 0,
        });
    }
    Ok(())
}

/// A long list of postings in a blob of its own.
#[derive(Debug)]
pub struct PostingsBlob<'a> {
    /// See [`read_postings`].
    pub postings: &'a [u8],
}

impl<'a> PostingsBlob<'a> {
    /// The blob.
    pub fn encode(postings: &[u8]) -> Vec<u8> {
        let mut out = new_blob();
        out.extend(postings);
        out
    }

    /// # Errors
    /// When the blob is not a list of postings.
    pub fn decode(blob: &'a [u8]) -> Result<Self, DecodeError> {
        let postings = content("list of postings", blob)?;
        Ok(Self { postings })
    }
}

/// Documents of a run that later runs replace, or that are gone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deleted {
    words: Vec<u64>,
    count: u32,
}
impl Deleted {
    /// The blob for places of documents, sorted.
    pub fn encode(places: &[u32]) -> Vec<u8> {
        let mut gaps = new_blob();
        let mut next = 0;
        for &place in places {
            put_varint(&mut gaps, place - next);
            next = place + 1;
        }
        gaps
    }

    /// # Errors
    /// When the blob is none, or names a document that the run does not have.
    pub fn decode(blob: &[u8], documents: u32) -> Result<Self, DecodeError> {
        let mut reader = ByteReader::of_blob("list of deleted documents", blob)?;
        let mut deleted = Self {
            words: vec![0; documents.div_ceil(64) as usize],
            count: 0,
        };
        let mut next = 0_u32;
        while !reader.is_empty() {
            let place = next.saturating_add(reader.varint()?);
            if place >= documents {
                return Err(reader.error("a document that the run does not have"));
            }
            deleted.words[place as usize / 64] |= 1 << (place % 64);
            deleted.count += 1;
            next = place + 1;
        }
        Ok(deleted)
    }

    /// Whether a document is deleted.
    pub fn has(&self, document: u32) -> bool {
        let word = self.words.get(document as usize / 64);
        word.is_some_and(|word| word >> (document % 64) & 1 == 1)
    }

    /// How many there are.
    pub fn count(&self) -> u32 {
        self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posting(document: u32, impact: u8, is_head: bool, is_piece: bool) -> Posting {
        Posting {
            document,
            impact,
            is_head,
            is_piece,
        }
    }

    #[test]
    fn postings_are_read_back() {
        let postings = [
            posting(0, 9, false, false),
            posting(1, 255, true, false),
            posting(700, 1, false, true),
        ];
        let bytes = encode_postings(&postings);
        let mut read = Vec::new();
        read_postings(&bytes, 701, |posting| read.push(posting)).unwrap();
        assert_eq!(read, postings);
        assert!(read_postings(&bytes, 700, |_| ()).is_err());
        assert!(read_postings(&bytes[..bytes.len() - 1], 701, |_| ()).is_err());
        let blob = PostingsBlob::encode(&bytes);
        assert_eq!(PostingsBlob::decode(&blob).unwrap().postings, bytes);
    }

    #[test]
    fn deleted_documents_are_read_back() {
        let blob = Deleted::encode(&[0, 5, 64, 99]);
        let deleted = Deleted::decode(&blob, 100).unwrap();
        let found: Vec<_> = (0..200).filter(|&place| deleted.has(place)).collect();
        assert_eq!(found, [0, 5, 64, 99]);
        assert_eq!(deleted.count(), 4);
        assert!(Deleted::decode(&blob, 99).is_err());
    }
}
