//! Documents, read from Markdown by the real reader: with embeds of every kind, translated and not.

use souk_catalogue::Catalogue;
use souk_content::{Content, File, Goods, Options, read};
use souk_import::NoPictures;

/// A product that [`super::fixture::next_catalogue`] does not have any more.
pub(crate) const WITHDRAWN: &str = "plate-58";

/// The files of the shop.
const FILES: [(&str, &str); 8] = [
    (
        "content/pages/about.md",
        "+++\ntitle = \"About us\"\nsummary = \"Who we are.\"\n+++\n\
         We sell [mugs](/products/mug).\n\n## How\n\nBy hand.\n",
    ),
    (
        "content/pages/about.zh.md",
        "+++\ntitle = \"关于我们\"\n+++\n我们卖[杯子](/products/mug)。\n",
    ),
    (
        "content/pages/imprint.md",
        "+++\ntitle = \"Imprint\"\n+++\nTest Souk Ltd.\n",
    ),
    (
        "content/blog/mugs.md",
        "+++\ntitle = \"Mugs <and> pots & more\"\npublished_at = 2026-09-20T08:00:00Z\n\
         tags = [\"guides\"]\nsummary = \"What they cost & why.\"\n+++\n\
         The pot costs {{price:茶-壶}}, the mug {{price:mug}}.\n\n{{product:mug}}\n\n\
         {{collection:tea}}\n\nAnd a plate: {{product:plate-58}} for {{price:plate-58}}.\n",
    ),
    (
        "content/blog/mugs.zh.md",
        "+++\ntitle = \"杯与壶\"\nsummary = \"价钱与缘由。\"\n+++\n壶卖 {{price:茶-壶}}。\n",
    ),
    (
        "content/blog/older.md",
        "+++\ntitle = \"Older news\"\npublished_at = 2026-08-01\n+++\nWe opened.\n",
    ),
    (
        "content/help/delivery.md",
        "+++\ntitle = \"How long does delivery take?\"\nposition = 1\n+++\nTwo days.\n",
    ),
    (
        "content/help/care.md",
        "+++\ntitle = \"Care\"\nposition = 2\n+++\nRinse with water.\n",
    ),
];

/// The content of a shop with these goods, published at a moment.
pub(crate) fn content(goods: &Catalogue, now_ms: i64) -> Content {
    let files = FILES.map(|(path, text)| File {
        path,
        bytes: text.as_bytes(),
    });
    let goods = Goods::of(goods);
    let options = Options {
        languages: &["en", "zh"],
        goods: &goods,
        east_s: &|_| 0,
        now_ms,
        published: None,
    };
    read(&files, options, &mut NoPictures).expect("the files are right")
}
