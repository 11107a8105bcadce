//! Previews of drawings for links in social networks: of the first picture of each product and of
//! the pictures of collections, which are the ones that pages name.
//!
//! Drawn by as many threads as the machine has; cached like everything that is made of a picture.
//! A drawing that cannot be drawn is cached too, as one without files.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context, Result, anyhow};
use souk_catalogue::{Catalogue, Hash, Media};
use souk_protocol::keys;

use super::cache::Index;
use super::{Gallery, Made, Prepared, vector};
use crate::catalogue::parallel::parallel;

impl Gallery {
    /// Gives previews to the drawings of the catalogue that need one.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub(crate) fn draw_previews(&mut self, catalogue: &mut Catalogue) -> Result<()> {
        let drawings: BTreeSet<Hash> = pictures(catalogue).filter_map(|m| drawing(m)).collect();
        let missing: Vec<Hash> = drawings
            .iter()
            .copied()
            .filter(|&source| self.previews.find(source).is_none())
            .collect();
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        parallel("Drawing previews", threads, &missing, |&source| {
            let path = &self.files[&name(source)];
            let file = fs::read(path).with_context(|| format!("{}", path.display()))?;
            let (width, height) = vector::PREVIEW_SIZE;
            let made = vector::preview(&file).map(|bytes| Made {
                width,
                extension: "png",
                bytes,
            });
            let prepared = Prepared {
                width,
                height,
                renditions: made.into_iter().collect(),
            };
            self.previews.keep(source, &prepared).map(drop)
        })?;
        for media in pictures(catalogue) {
            let Some(source) = drawing(media) else {
                continue;
            };
            let lost = || anyhow!("the preview of {} was deleted meanwhile", name(source));
            let Index { renditions, .. } = self.previews.find(source).ok_or_else(lost)?;
            if let Some(preview) = renditions.first() {
                let path = self.previews.path(source, &preview.name);
                self.files.insert(preview.name.clone(), path);
                media.preview = Some(keys::media_path(&preview.name));
            }
        }
        Ok(())
    }
}

/// The pictures that pages name for link previews.
fn pictures(catalogue: &mut Catalogue) -> impl Iterator<Item = &mut Media> {
    let products = &mut catalogue.products;
    let of_products = products
        .iter_mut()
        .filter_map(|product| product.media.first_mut());
    let collections = &mut catalogue.collections;
    of_products.chain(collections.iter_mut().filter_map(|c| c.image.as_mut()))
}

/// The content of a drawing that the shop serves itself.
fn drawing(media: &Media) -> Option<Hash> {
    let url = &media.renditions.first()?.url;
    Hash::parse(url.strip_prefix("/media/")?.strip_suffix(".svg")?)
}

fn name(source: Hash) -> String {
    format!("{source}.svg")
}

#[cfg(test)]
mod tests {
    use souk_catalogue::Product;

    use super::*;

    #[test]
    fn only_the_first_drawing_of_a_product_gets_a_preview_and_only_once() {
        let folder = std::env::temp_dir().join(format!("souk-previews-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        for (name, part) in [
            ("a.svg", "<path/>"),
            ("b.svg", "<g/>"),
            ("c.svg", "<text/>"),
        ] {
            let head = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 9 9\">";
            fs::write(folder.join(name), format!("{head}{part}</svg>")).unwrap();
        }
        let read = || {
            let mut gallery = Gallery::new(&folder, &folder.join("kept"));
            let mut product = |names: &[&str]| Product {
                media: names
                    .iter()
                    .map(|name| gallery.resolve(name).unwrap())
                    .collect(),
                ..Product::default()
            };
            let mut catalogue = Catalogue {
                products: vec![product(&["a.svg", "b.svg"]), product(&["c.svg"])],
                ..Catalogue::default()
            };
            gallery.draw_previews(&mut catalogue).unwrap();
            (catalogue, gallery.into_files())
        };
        let (catalogue, files) = read();
        let preview = catalogue.products[0].media[0].preview.clone().unwrap();
        let path = &files[preview.strip_prefix("/media/").unwrap()];
        let made = fs::metadata(path).unwrap().modified().unwrap();
        assert_eq!(catalogue.products[0].media[1].preview, None);
        assert_eq!(catalogue.products[1].media[0].preview, None, "it has text");
        assert_eq!((catalogue, files.clone()), read());
        assert_eq!(fs::metadata(path).unwrap().modified().unwrap(), made);
        fs::remove_dir_all(folder).unwrap();
    }
}
