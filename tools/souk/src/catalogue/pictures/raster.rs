//! Photographs: decoded, turned upright, scaled to several widths and encoded again.
//!
//! Opaque pictures become JPEG, those with transparent pixels WebP without loss. Colours keep
//! their meaning (the ICC profile stays); everything else in a file, such as the place where a
//! photograph was taken, does not reach the shop.

use std::io::Cursor;

use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::{WebPDecoder, WebPEncoder};
use image::{
    DynamicImage, ExtendedColorType, ImageDecoder, ImageEncoder, ImageFormat, ImageReader, Limits,
};

use super::{Made, Prepared};

/// Widths of renditions in pixels; a picture is never enlarged.
const WIDTHS: [u32; 4] = [320, 640, 960, 1280];

/// Largest picture, in pixels: 200 MB with eight bits a channel, 400 MB with sixteen.
const PIXELS_MAX: u64 = 50_000_000;

/// Memory that a decoder may ask for: 50,000,000 pixels of 8 bytes, and as much as its own tables.
const DECODER_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// No difference is visible on a screen, and files are a third of the size of lossless ones.
const JPEG_QUALITY: u8 = 82;

/// Largest file of a rendition: key-value stores take more (Workers KV 25 MiB), phones do not.
const RENDITION_BYTES_MAX: usize = 2 * 1024 * 1024;

/// The renditions of a PNG, JPEG or WebP; `None` for any other file and for animations.
///
/// # Errors
/// Why the picture cannot be taken: it is damaged, or too large to be decoded.
pub(super) fn renditions(file: &[u8]) -> Result<Option<Prepared>, String> {
    let damaged = |error: image::ImageError| format!("is damaged: {error}");
    let is_animation = match image::guess_format(file) {
        Ok(ImageFormat::Png) => PngDecoder::new(Cursor::new(file))
            .and_then(|decoder| decoder.is_apng())
            .map_err(damaged)?,
        Ok(ImageFormat::WebP) => WebPDecoder::new(Cursor::new(file))
            .map_err(damaged)?
            .has_animation(),
        Ok(ImageFormat::Jpeg) if !is_whole_jpeg(file) => {
            return Err("is damaged: it ends before the picture does".to_owned());
        }
        Ok(ImageFormat::Jpeg) => false,
        Ok(_) | Err(_) => return Ok(None),
    };
    if is_animation {
        return Ok(None);
    }
    let (picture, profile) = decode(file)?;
    let mut made: Vec<(u32, Made)> = Vec::new();
    for width in widths(picture.width()) {
        let scaled = scale(&picture, width)?;
        let bytes = encode(&scaled, profile.as_deref()).map_err(damaged)?;
        if bytes.len() > RENDITION_BYTES_MAX {
            break;
        }
        let extension = if has_alpha(&scaled) { "webp" } else { "jpg" };
        let rendition = Made {
            width,
            extension,
            bytes,
        };
        made.push((scaled.height(), rendition));
    }
    let Some((height, largest)) = made.last() else {
        let max = RENDITION_BYTES_MAX >> 20;
        return Err(format!("is larger than {max} MiB even when scaled down"));
    };
    Ok(Some(Prepared {
        width: largest.width,
        height: *height,
        renditions: made.into_iter().map(|(_, made)| made).collect(),
    }))
}

/// Whether the file has its end: decoders fill what is missing with grey. Between the first scan
/// and the end no byte pair looks like the end. Source: ITU-T T.81, B.1.1.5.
fn is_whole_jpeg(file: &[u8]) -> bool {
    let mut rest = file.get(2..).unwrap_or_default();
    // The segments before the first scan may hold a thumbnail with an end of its own.
    while let [0xff, marker, high, low, ..] = *rest {
        if marker == 0xff {
            // Any number of these may stand before a marker.
            rest = &rest[1..];
            continue;
        }
        let length = usize::from(u16::from_be_bytes([high, low]));
        rest = rest.get(2 + length..).unwrap_or_default();
        if marker == 0xda {
            return rest.windows(2).any(|pair| pair == [0xff, 0xd9]);
        }
    }
    false
}

/// The picture upright, in eight bits a channel, with an alpha channel only if it needs one, and
/// its ICC profile.
fn decode(file: &[u8]) -> Result<(DynamicImage, Option<Vec<u8>>), String> {
    let damaged = |error: &dyn std::fmt::Display| format!("is damaged: {error}");
    let mut reader = ImageReader::new(Cursor::new(file))
        .with_guessed_format()
        .map_err(|error| damaged(&error))?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(DECODER_BYTES_MAX);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| damaged(&error))?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > PIXELS_MAX {
        let max = PIXELS_MAX / 1_000_000;
        return Err(format!(
            "has {width} × {height} pixels; at most {max} million are taken"
        ));
    }
    // A profile of another colour space, such as CMYK, does not fit what the decoder gives.
    let profile = decoder.icc_profile().ok().flatten();
    let profile = profile.filter(|profile| profile.get(16..20) == Some(b"RGB "));
    let orientation = decoder.orientation().map_err(|error| damaged(&error))?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|error| damaged(&error))?;
    picture.apply_orientation(orientation);
    let picture = if picture.color().has_alpha() {
        let picture = picture.into_rgba8();
        let transparent = picture.pixels().any(|pixel| pixel.0[3] < u8::MAX);
        let picture = DynamicImage::from(picture);
        if transparent {
            picture
        } else {
            picture.into_rgb8().into()
        }
    } else {
        picture.into_rgb8().into()
    };
    Ok((picture, profile))
}

fn has_alpha(picture: &DynamicImage) -> bool {
    picture.color().has_alpha()
}

/// The widths of the renditions of a picture.
fn widths(own: u32) -> impl Iterator<Item = u32> {
    let largest = own.min(WIDTHS[WIDTHS.len() - 1]);
    let below = WIDTHS.into_iter().filter(move |&width| width < largest);
    below.chain([largest])
}

fn scale(picture: &DynamicImage, width: u32) -> Result<DynamicImage, String> {
    if width == picture.width() {
        return Ok(picture.clone());
    }
    let ratio = f64::from(width) / f64::from(picture.width());
    let height = ((f64::from(picture.height()) * ratio).round() as u32).max(1);
    let mut scaled = DynamicImage::new(width, height, picture.color());
    let algorithm = ResizeAlg::Convolution(FilterType::Lanczos3);
    Resizer::new()
        .resize(
            picture,
            &mut scaled,
            &ResizeOptions::new().resize_alg(algorithm),
        )
        .map_err(|error| format!("cannot be scaled: {error}"))?;
    Ok(scaled)
}

fn encode(picture: &DynamicImage, profile: Option<&[u8]>) -> image::ImageResult<Vec<u8>> {
    let mut file = Vec::new();
    let (width, height) = (picture.width(), picture.height());
    let profile = profile.map(<[u8]>::to_vec);
    if has_alpha(picture) {
        let mut encoder = WebPEncoder::new_lossless(&mut file);
        if let Some(profile) = profile {
            encoder.set_icc_profile(profile).map_err(unsupported)?;
        }
        encoder.write_image(picture.as_bytes(), width, height, ExtendedColorType::Rgba8)?;
    } else {
        let mut encoder = JpegEncoder::new_with_quality(&mut file, JPEG_QUALITY);
        if let Some(profile) = profile {
            encoder.set_icc_profile(profile).map_err(unsupported)?;
        }
        encoder.write_image(picture.as_bytes(), width, height, ExtendedColorType::Rgb8)?;
    }
    Ok(file)
}

fn unsupported(error: image::error::UnsupportedError) -> image::ImageError {
    image::ImageError::Unsupported(error)
}

/// A PNG for tests.
#[cfg(test)]
pub(super) fn sample(width: u32, height: u32) -> Vec<u8> {
    tests::png(&tests::gradient(width, height, 255))
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn gradient(width: u32, height: u32, alpha: u8) -> DynamicImage {
        let pixel = |x: u32, y: u32| {
            let part = |at: u32, of: u32| u8::try_from(at * 255 / of.max(1)).unwrap();
            image::Rgba([part(x, width), part(y, height), 90, alpha])
        };
        image::RgbaImage::from_fn(width, height, pixel).into()
    }

    pub(super) fn png(picture: &DynamicImage) -> Vec<u8> {
        encoded(picture, ImageFormat::Png)
    }

    fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut file = Cursor::new(Vec::new());
        picture.write_to(&mut file, format).unwrap();
        file.into_inner()
    }

    fn made(file: &[u8]) -> Prepared {
        renditions(file).unwrap().expect("a photograph")
    }

    #[test]
    fn a_picture_is_never_enlarged() {
        for (own, expected) in [
            (200, vec![200]),
            (320, vec![320]),
            (700, vec![320, 640, 700]),
            (1280, vec![320, 640, 960, 1280]),
            (5000, vec![320, 640, 960, 1280]),
        ] {
            assert_eq!(widths(own).collect::<Vec<_>>(), expected, "{own}");
        }
    }

    #[test]
    fn renditions_have_the_sizes_that_they_claim() {
        let opaque = gradient(660, 330, 255);
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
            let picture = match format {
                ImageFormat::Jpeg => DynamicImage::from(opaque.to_rgb8()),
                _ => opaque.clone(),
            };
            let prepared = made(&encoded(&picture, format));
            assert_eq!((prepared.width, prepared.height), (660, 330));
            for rendition in &prepared.renditions {
                let read = image::load_from_memory(&rendition.bytes).unwrap();
                assert_eq!(read.width(), rendition.width, "{format:?}");
                assert_eq!(read.height(), rendition.width / 2, "{format:?}");
                assert_eq!(rendition.extension, "jpg", "{format:?}");
                let corner = read.to_rgb8().get_pixel(rendition.width - 2, 1).0;
                assert!(corner[0] > 240 && corner[1] < 15, "{format:?} {corner:?}");
            }
        }
    }

    #[test]
    fn transparent_pixels_stay_transparent() {
        let prepared = made(&png(&gradient(340, 200, 128)));
        for rendition in &prepared.renditions {
            assert_eq!(rendition.extension, "webp");
            let read = image::load_from_memory(&rendition.bytes)
                .unwrap()
                .to_rgba8();
            assert!(read.pixels().all(|pixel| pixel.0[3] == 128));
        }
    }

    /// A JPEG whose EXIF says that it has to be turned by 90 degrees.
    fn lying() -> Vec<u8> {
        let upright = encoded(&gradient(600, 300, 255).to_rgb8().into(), ImageFormat::Jpeg);
        let tiff = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
        let length = u16::try_from(2 + 6 + tiff.len()).unwrap().to_be_bytes();
        let mut file = vec![0xff, 0xd8, 0xff, 0xe1, length[0], length[1]];
        file.extend(b"Exif\0\0");
        file.extend(tiff);
        file.extend(&upright[2..]);
        file
    }

    #[test]
    fn a_photograph_taken_sideways_stands_upright_and_says_nothing_else() {
        let prepared = made(&lying());
        assert_eq!((prepared.width, prepared.height), (300, 600));
        for rendition in &prepared.renditions {
            assert!(!rendition.bytes.windows(4).any(|part| part == b"Exif"));
        }
    }

    #[test]
    fn damaged_and_huge_pictures_are_refused() {
        let opaque = gradient(300, 300, 255);
        let jpeg = encoded(&opaque.to_rgb8().into(), ImageFormat::Jpeg);
        let webp = encoded(&opaque, ImageFormat::WebP);
        for file in [png(&opaque), jpeg, webp] {
            for length in [file.len() / 3, file.len() / 2, file.len() * 9 / 10] {
                let error = renditions(&file[..length]).err().expect("half a picture");
                assert!(error.starts_with("is damaged"), "{error}");
            }
        }
        // The header of a PNG alone says how large it is.
        let mut huge = png(&gradient(2, 2, 255));
        huge[16..24].copy_from_slice(&[0, 0, 40, 0, 0, 0, 40, 0]);
        let crc = crc(&huge[12..29]);
        huge[29..33].copy_from_slice(&crc.to_be_bytes());
        let error = renditions(&huge).err().expect("a huge picture");
        assert!(error.contains("10240 × 10240 pixels"), "{error}");
    }

    /// The checksum of a PNG chunk. Source: PNG, annex D.
    fn crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(u32::MAX, |crc, &byte| {
            (0..8).fold(crc ^ u32::from(byte), |crc, _| {
                (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
            })
        })
    }

    #[test]
    fn other_files_are_not_decoded() {
        for file in [&b"<svg/>"[..], b"GIF89a\x01\0\x01\0\0\0\0", b"", b"text"] {
            assert!(renditions(file).unwrap().is_none());
        }
    }
}
