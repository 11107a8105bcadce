//! Picture files of an import: measured, made ready for pages, and kept for the next publish.
//!
//! Owns: which file becomes what. Photographs (PNG, JPEG, WebP) become renditions in several
//! widths; drawings (SVG) stay as they are and get a preview for link previews; animations and
//! AVIF stay as they are. One picture is in memory at a time. What was made of a file is kept
//! under the hash of its content, so a picture that has not changed is read and hashed at the next
//! publish, but neither decoded nor drawn again.
//!
//! Not here: which addresses a file of products may name (`souk-import`), sending (`publish`).

mod cache;
mod inert;
mod previews;
mod raster;
mod vector;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use souk_catalogue::{Hash, Media, MediaRendition, Text};
use souk_import::PictureError;
use souk_protocol::keys;

use cache::{FileCache, Index};
use souk_machine::Progress;

/// Largest file of a photograph, of which shoppers only get renditions.
const PHOTOGRAPH_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Largest file that is served as it is: phones wait for it.
const SERVED_BYTES_MAX: usize = 8 * 1024 * 1024;

/// The pictures of one import.
pub(crate) struct Gallery {
    folder: PathBuf,
    /// Where files are that `folder` does not have.
    other: Option<PathBuf>,
    cache: FileCache,
    previews: FileCache,
    files: BTreeMap<String, PathBuf>,
    seen: usize,
    /// Taken when the last picture is there.
    progress: Option<Progress>,
}

/// One file that is made of a picture.
struct Made {
    width: u32,
    extension: &'static str,
    bytes: Vec<u8>,
}

/// Everything that is made of a picture.
struct Prepared {
    /// Of the largest rendition, in CSS pixels.
    width: u32,
    /// Of the largest rendition, in CSS pixels.
    height: u32,
    /// Narrowest first.
    renditions: Vec<Made>,
}

impl Gallery {
    /// Pictures below `folder`; what is made of them is kept below `cache`.
    pub(crate) fn new(folder: &Path, cache: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            other: None,
            cache: FileCache::new(cache),
            previews: FileCache::new(&cache.join("previews")),
            files: BTreeMap::new(),
            seen: 0,
            progress: Some(Progress::start("Preparing pictures")),
        }
    }

    /// The same with another folder for what the first one does not have.
    pub(crate) fn with_other(self, other: PathBuf) -> Self {
        Self {
            other: Some(other),
            ..self
        }
    }

    /// What a page needs to know about the picture at `path`, without alternative text.
    ///
    /// # Errors
    /// Names the file and says why no page can show it.
    pub(crate) fn resolve(&mut self, path: &str) -> Result<Media, PictureError> {
        self.seen += 1;
        if let Some(progress) = &mut self.progress {
            progress.tick(&format!("{}: {path}", self.seen));
        }
        let mut file = self.folder.join(path);
        if let Some(other) = &self.other
            && !file.exists()
        {
            file = other.join(path);
        }
        self.media(&file)
            .map_err(|why| PictureError(format!("{} {why}", file.display())))
    }

    /// To be called after the last picture, also after an error.
    pub(crate) fn finish(&mut self, outcome: &str) {
        if let Some(progress) = self.progress.take() {
            progress.finish(outcome);
        }
    }

    /// The path of each file that the shop has to serve, by its media name.
    pub(crate) fn into_files(self) -> BTreeMap<String, PathBuf> {
        self.files
    }

    fn media(&mut self, path: &Path) -> Result<Media, String> {
        let unreadable = |error: std::io::Error| format!("cannot be read: {error}");
        let size = fs::metadata(path).map_err(unreadable)?.len();
        within(size, PHOTOGRAPH_BYTES_MAX)?;
        let file = fs::read(path).map_err(unreadable)?;
        let source = Hash::of(&file);
        let index = match self.cache.find(source) {
            Some(index) => index,
            None => {
                let prepared = prepare(path, &file)?;
                let failed = |error| format!("was prepared, but cannot be cache: {error:#}");
                self.cache.keep(source, &prepared).map_err(failed)?
            }
        };
        Ok(self.show(source, &index))
    }

    fn show(&mut self, source: Hash, index: &Index) -> Media {
        let mut address = |file: &cache::File| {
            let path = self.cache.path(source, &file.name);
            self.files.insert(file.name.clone(), path);
            keys::media_path(&file.name)
        };
        Media {
            alt: Text::default(),
            width: index.width,
            height: index.height,
            renditions: index
                .renditions
                .iter()
                .map(|file| MediaRendition {
                    width: file.width,
                    url: address(file),
                })
                .collect(),
            preview: None,
        }
    }
}

fn within(bytes: u64, bytes_max: usize) -> Result<(), String> {
    match usize::try_from(bytes).is_ok_and(|bytes| bytes <= bytes_max) {
        true => Ok(()),
        false => Err(format!("is larger than {} MiB", bytes_max >> 20)),
    }
}

fn prepare(path: &Path, file: &[u8]) -> Result<Prepared, String> {
    if let Some(photograph) = raster::renditions(file)? {
        return Ok(photograph);
    }
    within(file.len() as u64, SERVED_BYTES_MAX)?;
    let is_svg = path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("svg"));
    let (extension, width, height) = match is_svg {
        true => vector::size(file).map(|(width, height)| ("svg", width, height))?,
        false => measure(file).ok_or("is no SVG, PNG, JPEG, WebP, AVIF or GIF with a size")?,
    };
    Ok(Prepared {
        width,
        height,
        renditions: vec![Made {
            width,
            extension,
            bytes: file.to_vec(),
        }],
    })
}

/// Type and size of a picture that is served as it is.
fn measure(file: &[u8]) -> Option<(&'static str, u32, u32)> {
    let extension = match imagesize::image_type(file).ok()? {
        imagesize::ImageType::Png => "png",
        imagesize::ImageType::Webp => "webp",
        imagesize::ImageType::Gif => "gif",
        imagesize::ImageType::Heif(_) => "avif",
        _ => return None,
    };
    let size = imagesize::blob_size(file).ok()?;
    let (width, height) = (
        u32::try_from(size.width).ok()?,
        u32::try_from(size.height).ok()?,
    );
    (width > 0 && height > 0).then_some((extension, width, height))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder =
            std::env::temp_dir().join(format!("souk-pictures-{name}-{}", std::process::id()));
        fs::create_dir_all(folder.join("kept")).unwrap();
        folder
    }

    fn gallery(folder: &Path) -> Gallery {
        Gallery::new(folder, &folder.join("kept"))
    }

    #[test]
    fn an_unchanged_picture_is_not_prepared_again() {
        let folder = folder("unchanged");
        fs::write(folder.join("a.png"), raster::sample(340, 170)).unwrap();
        let mut first = gallery(&folder);
        let media = first.resolve("a.png").unwrap();
        let widths: Vec<_> = media.renditions.iter().map(|r| r.width).collect();
        assert_eq!(
            (media.width, media.height, widths),
            (340, 170, vec![320, 340])
        );
        let files = first.into_files();
        assert_eq!(files.len(), 2);
        for (name, path) in &files {
            let content = Hash::of(&fs::read(path).unwrap());
            assert!(name.starts_with(&content.to_string()), "{name}");
        }
        // A mark in the cached file shows whether it is read or made again.
        let index = fs::read_dir(folder.join("kept")).unwrap().next().unwrap();
        let index = index.unwrap().path().join("index.json");
        let text = fs::read_to_string(&index).unwrap();
        fs::write(&index, text.replace("\"height\":170", "\"height\":171")).unwrap();
        assert_eq!(gallery(&folder).resolve("a.png").unwrap().height, 171);
        // Another content is another picture, and a lost file is made again.
        fs::write(folder.join("a.png"), raster::sample(340, 172)).unwrap();
        assert_eq!(gallery(&folder).resolve("a.png").unwrap().height, 172);
        fs::write(folder.join("a.png"), raster::sample(340, 170)).unwrap();
        fs::remove_file(files.values().next().unwrap()).unwrap();
        assert_eq!(gallery(&folder).resolve("a.png").unwrap().height, 170);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_cannot_be_shown_is_refused_by_name() {
        let folder = folder("refused");
        let whole = raster::sample(400, 300);
        fs::write(folder.join("half.png"), &whole[..whole.len() / 2]).unwrap();
        fs::write(folder.join("text.jpg"), "no picture").unwrap();
        let active = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\">\n\
                      <script>alert(1)</script></svg>";
        fs::write(folder.join("active.svg"), active).unwrap();
        let large = fs::File::create(folder.join("large.png")).unwrap();
        large.set_len(PHOTOGRAPH_BYTES_MAX as u64 + 1).unwrap();
        let mut gallery = gallery(&folder);
        for (path, why) in [
            ("half.png", "is damaged"),
            ("text.jpg", "is no SVG, PNG, JPEG"),
            ("active.svg", "has <script> in line 2"),
            ("large.png", "is larger than 32 MiB"),
            ("none.png", "cannot be read"),
        ] {
            let error = gallery.resolve(path).unwrap_err().0;
            assert!(error.contains(path) && error.contains(why), "{error}");
        }
        assert!(gallery.into_files().is_empty());
        fs::remove_dir_all(folder).unwrap();
    }
}
