//! The files that a version was published from, stored with it.
//!
//! Invariants: what is taken out is byte for byte what was put in. A file is cut where its content
//! says so, hence a change of one place writes the pieces around it and the list, however large the
//! file is.
//!
//! Source of the cuts: FastCDC, Xia et al. 2020.

use std::collections::BTreeMap;

use fastcdc::v2020::FastCDC;
use minicbor::{Decode, Encode};
use souk_catalogue::{DecodeError, Hash, decode_blob, encode_blob};

/// Bytes of a piece: small enough that a change writes little, large enough that a file of 100,000
/// variants has some hundred pieces.
const PIECE_BYTES: (usize, usize, usize) = (16 * 1024, 64 * 1024, 256 * 1024);

/// The list of the files, and which blobs each consists of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Sources {
    /// Path within the folder and the pieces, in ascending order of the paths.
    #[n(0)]
    files: Vec<(String, Stored)>,
}

/// Where the content of a file is.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
enum Stored {
    /// In blobs of its own, one piece behind the other.
    #[n(0)]
    Pieces(#[n(0)] Vec<Hash>),
    /// In a media file of the version: a picture that shoppers get as it is.
    #[n(1)]
    Media(#[n(0)] String),
}

impl Stored {
    fn in_pieces(content: &[u8], blobs: &mut Vec<Vec<u8>>) -> Self {
        let pieces = pieces(content).map(|piece| {
            // A blob of its own kind: no version reads it as anything else.
            let blob = encode_blob(&minicbor::bytes::ByteVec::from(piece.to_vec()));
            let hash = Hash::of(&blob);
            blobs.push(blob);
            hash
        });
        Self::Pieces(pieces.collect())
    }
}

/// The files of a folder by their paths, with `/` between the parts.
pub type Files = BTreeMap<String, Vec<u8>>;

impl Sources {
    /// Cuts the files into pieces; gives the list and the blobs of the pieces. `media` are the names of
    /// the version's media files, each of which begins with the hash of its content: what is among
    /// them is not stored again.
    pub fn of<'m>(files: &Files, media: impl IntoIterator<Item = &'m str>) -> (Self, Vec<Vec<u8>>) {
        let media = media.into_iter().filter_map(|name| {
            let (hash, _) = name.split_once('.')?;
            Some((Hash::parse(hash)?, name))
        });
        let media: BTreeMap<_, _> = media.collect();
        let mut blobs = Vec::new();
        let files = files.iter().map(|(path, content)| {
            if let Some(name) = media.get(&Hash::of(content)) {
                return (path.clone(), Stored::Media((*name).to_owned()));
            }
            (path.clone(), Stored::in_pieces(content, &mut blobs))
        });
        let sources = Self {
            files: files.collect(),
        };
        (sources, blobs)
    }

    /// The same with another content of a file; gives the list and the blobs of its pieces.
    pub fn with(&self, path: &str, content: &[u8]) -> (Self, Vec<Vec<u8>>) {
        let mut blobs = Vec::new();
        let stored = Stored::in_pieces(content, &mut blobs);
        let mut files: BTreeMap<_, _> = self.files.iter().cloned().collect();
        files.insert(path.to_owned(), stored);
        let files = files.into_iter().collect();
        (Self { files }, blobs)
    }

    /// Names of the blobs that the files are in.
    pub fn pieces(&self) -> impl Iterator<Item = Hash> {
        let pieces = self.files.iter().map(|(_, stored)| match stored {
            Stored::Pieces(pieces) => pieces.as_slice(),
            Stored::Media(_) => &[],
        });
        pieces.flatten().copied()
    }

    /// The blob of the list.
    pub fn encode(&self) -> Vec<u8> {
        encode_blob(self)
    }

    /// # Errors
    /// When the blob is not such a list.
    pub fn decode(blob: &[u8]) -> Result<Self, DecodeError> {
        decode_blob("list of source files", blob)
    }

    /// Paths of the files.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|(path, _)| path.as_str())
    }

    /// Names of the media files that files are in.
    pub fn media(&self) -> impl Iterator<Item = &str> {
        self.files.iter().filter_map(|(_, stored)| match stored {
            Stored::Media(name) => Some(name.as_str()),
            Stored::Pieces(_) => None,
        })
    }

    /// The content of a file, put together from the pieces that `blob` reads, or what `media` reads;
    /// `None` for a path that the version does not have.
    ///
    /// # Errors
    /// When a piece cannot be read or is none.
    pub fn read<E: From<DecodeError>>(
        &self,
        path: &str,
        blob: impl Fn(Hash) -> Result<Vec<u8>, E>,
        media: impl Fn(&str) -> Result<Vec<u8>, E>,
    ) -> Result<Option<Vec<u8>>, E> {
        let Some((_, stored)) = self.files.iter().find(|(known, _)| known == path) else {
            return Ok(None);
        };
        let pieces = match stored {
            Stored::Pieces(pieces) => pieces,
            Stored::Media(name) => return media(name).map(Some),
        };
        let mut content = Vec::new();
        for &piece in pieces {
            let blob = blob(piece)?;
            let piece: minicbor::bytes::ByteVec = decode_blob("piece of a file", &blob)?;
            content.extend_from_slice(&piece);
        }
        Ok(Some(content))
    }
}

fn pieces(content: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (min, average, max) = PIECE_BYTES;
    let cuts = FastCDC::new(content, min, average, max);
    cuts.map(|cut| &content[cut.offset..cut.offset + cut.length])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn round_trip(files: &Files) -> Files {
        let (sources, blobs) = Sources::of(files, []);
        let sources = Sources::decode(&sources.encode()).unwrap();
        let stored: BTreeMap<_, _> = blobs.iter().map(|blob| (Hash::of(blob), blob)).collect();
        let blob = |hash| Ok::<_, DecodeError>(stored[&hash].clone());
        let content = |path: &str| sources.read(path, blob, |name| unreachable!("{name}"));
        let files = sources
            .paths()
            .map(|path| (path.to_owned(), content(path).unwrap().unwrap()));
        files.collect()
    }

    #[test]
    fn a_file_that_is_replaced_is_as_if_it_had_been_there_from_the_start() {
        let file = |path: &str, text: &str| (path.to_owned(), text.as_bytes().to_vec());
        let files =
            |search: &str| Files::from([file("shop.toml", "a"), file("search.toml", search)]);
        let (before, _) = Sources::of(&files("old"), []);
        let (expected, _) = Sources::of(&files("new"), []);
        let (after, blobs) = before.with("search.toml", b"new");
        assert_eq!(after, expected);
        assert_eq!(blobs.len(), 1);
        assert_eq!(after.pieces().count(), 2);
        let (without, _) = Sources::of(&Files::from([file("shop.toml", "a")]), []);
        assert_eq!(without.with("search.toml", b"new").0, expected);
    }

    #[test]
    fn a_picture_that_shoppers_get_as_it_is_is_not_stored_twice() {
        let files = Files::from([("pictures/a.svg".to_owned(), b"<svg/>".to_vec())]);
        let name = format!("{}.svg", Hash::of(b"<svg/>"));
        let (sources, blobs) = Sources::of(&files, [name.as_str()]);
        assert_eq!(blobs.len(), 0);
        let none = |_| unreachable!("nothing is in pieces");
        let read = sources.read("pictures/a.svg", none, |asked| {
            assert_eq!(asked, name);
            Ok::<_, DecodeError>(b"<svg/>".to_vec())
        });
        assert_eq!(read.unwrap().as_deref(), Some(&b"<svg/>"[..]));
    }

    proptest! {
        #[test]
        fn files_come_back_byte_for_byte(
            files in prop::collection::btree_map(
                "[a-z]{1,8}(/[a-z]{1,8}){0,2}",
                prop::collection::vec(any::<u8>(), 0..4_000),
                0..6,
            ),
        ) {
            prop_assert_eq!(round_trip(&files), files);
        }
    }

    #[test]
    fn a_changed_row_of_a_large_file_writes_few_pieces() {
        let row = |n: u32| format!("product-{n},Title {n},{}.00\n", n * 7 % 1000);
        let large: Vec<_> = (0..200_000).map(row).collect();
        let mut changed = large.clone();
        changed[100_000] = "product-100000,Another title,1.00\n".to_owned();
        changed.insert(150_000, "product-new,New,2.00\n".to_owned());
        let [before, after] = [large, changed].map(|rows| {
            let files = Files::from([("products.csv".to_owned(), rows.concat().into_bytes())]);
            assert_eq!(round_trip(&files), files);
            let (_, blobs) = Sources::of(&files, []);
            blobs
                .iter()
                .map(|blob| Hash::of(blob))
                .collect::<BTreeSet<_>>()
        });
        let new = after.difference(&before).count();
        assert!(before.len() > 40, "{}", before.len());
        // Two places, and a cut beside each may move.
        assert!((2..=6).contains(&new), "{new} of {}", after.len());
    }
}
