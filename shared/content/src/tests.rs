//! Whole folders of content: what shoppers get, what is refused and where.

use souk_catalogue::{Media, MediaRendition};
use souk_import::PictureError;
use souk_shop::{ContentIndex, ContentKind, Document, Part};

use crate::{Content, Fault, File, Goods, Options, read};

const NOW_MS: i64 = 1_800_000_000_000;

fn gallery(path: &str) -> Result<Media, PictureError> {
    if !path.starts_with("pictures/") {
        return Err(PictureError("is not in the folder".into()));
    }
    let rendition = |width: u32| MediaRendition {
        width,
        url: format!("/media/{width}-{}.webp", path.replace('/', "-")),
    };
    Ok(Media {
        width: 800,
        height: 600,
        renditions: vec![rendition(400), rendition(800)],
        ..Media::default()
    })
}

fn read_at(
    folder: &[(&str, &str)],
    published: Option<&ContentIndex>,
    now_ms: i64,
) -> Result<Content, Vec<Fault>> {
    let goods = Goods::new(["tea", "green-tea"], ["pots"], []);
    let options = Options {
        languages: &["en", "zh"],
        goods: &goods,
        east_s: &|_| 0,
        now_ms,
        published,
    };
    let files: Vec<_> = folder
        .iter()
        .map(|(path, text)| File {
            path,
            bytes: text.as_bytes(),
        })
        .collect();
    read(&files, options, &mut gallery)
}

fn content(folder: &[(&str, &str)]) -> Content {
    match read_at(folder, None, NOW_MS) {
        Ok(content) => content,
        Err(faults) => panic!("{faults:#?}"),
    }
}

fn faults(folder: &[(&str, &str)]) -> Vec<String> {
    let faults = read_at(folder, None, NOW_MS).expect_err("something is wrong");
    faults.iter().map(ToString::to_string).collect()
}

fn page(body: &str) -> String {
    format!("+++\ntitle = \"About\"\n+++\n{body}")
}

/// The parts of a page, each embed as it is written.
fn shown(body: &str) -> String {
    let content = content(&[("content/pages/about.md", &page(body))]);
    document(&content, 0)
}

fn document(content: &Content, place: usize) -> String {
    let hash = content.index.entries[0].documents[place].expect("it is there");
    let document = Document::decode(&content.blobs[&hash]).expect("it is a document");
    let parts = document.parts.iter().map(|part| match part {
        Part::Html(html) => html.clone(),
        Part::Product(slug) => format!("[product {slug}]"),
        Part::Price(slug) => format!("[price {slug}]"),
        Part::Collection(slug) => format!("[collection {slug}]"),
        Part::Path(path) => format!("[path]{path}"),
    });
    parts.collect()
}

#[test]
fn embeds_stand_where_they_are_written_and_the_html_around_them_is_whole() {
    for (body, expected) in [
        ("From {{price:tea}}.", "<p>From [price tea].</p>"),
        ("**{{price:tea}}**", "<p><strong>[price tea]</strong></p>"),
        (
            "## Only {{price:tea}}",
            "<h2 id=\"s-only-price-tea\">Only [price tea]</h2>",
        ),
        ("{{product:tea}}", "[product tea]"),
        (
            "a\n\n{{product:tea}}\n\nb",
            "<p>a</p>\n[product tea]\n<p>b</p>",
        ),
        (
            "{{product:tea}}\n{{product:green-tea}}",
            "[product tea][product green-tea]",
        ),
        (
            "Try {{product:tea}} now",
            "<p>Try </p>[product tea]<p> now</p>",
        ),
        (
            "Try *this {{collection:pots}} now*",
            "<p>Try <em>this </em></p>[collection pots]<p><em> now</em></p>",
        ),
        (
            "- {{product:tea}}\n- b",
            "<ul>\n<li>[product tea]</li>\n<li>b</li>\n</ul>",
        ),
        ("- {{price:tea}} a", "<ul>\n<li>[price tea] a</li>\n</ul>"),
        (
            "> {{product:tea}}",
            "<blockquote>\n[product tea]\n</blockquote>",
        ),
        (
            "<div>\n\n{{product:tea}}\n\n</div>",
            "<div>\n[product tea]\n</div>",
        ),
        (
            "| a | b |\n|---|---|\n| {{price:tea}} | {{product:tea}} |",
            "<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody>\n\
             <tr><td>[price tea]</td><td>[product tea]</td></tr>\n</tbody></table>",
        ),
        (
            "[Buy for {{price:tea}}](/products/tea)",
            "<p><a href=\"[path]/products/tea\">Buy for [price tea]</a></p>",
        ),
    ] {
        let shown = shown(body);
        assert_eq!(shown.replace("\n\n", "\n"), expected, "{body}");
    }
}

#[test]
fn embeds_in_code_and_behind_a_backslash_are_text() {
    for (body, expected) in [
        ("`{{price:tea}}`", "<p><code>{{price:tea}}</code></p>"),
        (
            "```\n{{product:x}}\n```",
            "<pre><code>{{product:x}}\n</code></pre>",
        ),
        ("    {{prize:x}}", "<pre><code>{{prize:x}}</code></pre>"),
        ("a \\{{price:tea}}", "<p>a {{price:tea}}</p>"),
        ("\\{\\{price:tea}}", "<p>{{price:tea}}</p>"),
        ("&#123;{price:tea}}", "<p>{{price:tea}}</p>"),
        ("a {{ b", "<p>a {{ b</p>"),
    ] {
        assert_eq!(shown(body), expected, "{body}");
    }
}

#[test]
fn a_broken_embed_is_an_error_with_its_place() {
    for (body, fault) in [
        (
            "\nTry {{price:tee}}",
            "5:5: the version has no product 'tee'; did you mean 'tea'?",
        ),
        (
            "{{collection:pot}}",
            "4:1: the version has no collection 'pot'; did you mean 'pots'?",
        ),
        (
            "茶 {{prize:tea}}",
            "4:3: there is no embed 'prize'; did you mean 'price'?",
        ),
        (
            "## {{product:tea}}",
            "4:4: a product or a collection cannot stand in a heading",
        ),
        (
            "[{{product:tea}}](/)",
            "4:2: a product or a collection cannot stand in a heading or",
        ),
        (
            "<a href=\"/\">{{product:tea}}</a>",
            "4:13: a product or a collection cannot stand in <a>",
        ),
        (
            "<div>{{price:tea}}</div>",
            "4:6: an embed cannot stand within HTML",
        ),
        (
            "a <script>{{price:tea}}</script>",
            "4:11: stands in HTML that is left out",
        ),
        (
            "![x](a.jpg)",
            "4:1: the picture 'a.jpg': is not in the folder",
        ),
    ] {
        let faults = faults(&[("content/pages/about.md", &page(body))]);
        let begins = format!("content/pages/about.md:{fault}");
        assert!(
            faults.iter().any(|found| found.starts_with(&begins)),
            "{body}: {faults:#?}"
        );
    }
}

#[test]
fn html_is_made_safe_and_headings_begin_below_the_title() {
    for (body, expected) in [
        (
            "# A\n### B\n#",
            "<h2 id=\"s-a\">A</h2>\n<h3 id=\"s-b\">B</h3>\n<h2 id=\"s-part\"></h2>",
        ),
        (
            "## A\n## A",
            "<h2 id=\"s-a\">A</h2>\n<h2 id=\"s-a-2\">A</h2>",
        ),
        (
            "# A\n[x](#a)",
            "<h2 id=\"s-a\">A</h2>\n<p><a href=\"#s-a\">x</a></p>",
        ),
        ("<script>x()</script>", ""),
        (
            "<h2 id=main class=x onclick=x()>a</h2>",
            "<h2 id=\"s-main\">a</h2>",
        ),
        ("[x](javascript:x())", "<p><a>x</a></p>"),
        (
            "[x](https://a.example/)",
            "<p><a rel=\"noopener noreferrer\" href=\"https://a.example/\">x</a></p>",
        ),
        ("<b>open", "<p><b>open</b></p><b>\n</b>"),
        (
            "[x](/zh/blog) [y](/media/a)",
            "<p><a href=\"/zh/blog\">x</a> <a href=\"/media/a\">y</a></p>",
        ),
        (
            "<a@b.example>",
            "<p><a href=\"mailto:a@b.example\">a@b.example</a></p>",
        ),
        (
            "<img src=http://a.example/x.png onerror=x()>",
            "<img src=\"https://a.example/x.png\">",
        ),
    ] {
        assert_eq!(shown(body), expected, "{body}");
    }
}

#[test]
fn pictures_are_those_of_the_gallery_with_their_dimensions() {
    let body = "![A \"red\" pot](pictures/pot.jpg) ![](../../pictures/b.jpg)";
    let content = content(&[("content/pages/about.md", &page(body))]);
    let html = document(&content, 0);
    let pot = "<img src=\"/media/800-pictures-pot.jpg.webp\" \
               srcset=\"/media/400-pictures-pot.jpg.webp 400w,/media/800-pictures-pot.jpg.webp 800w\" \
               sizes=\"(min-width:48rem) 42rem,92vw\" width=\"800\" height=\"600\" \
               alt=\"A &quot;red&quot; pot\" loading=\"lazy\">";
    assert!(html.contains(pot), "{html}");
    assert!(
        content.media.contains("400-pictures-b.jpg.webp"),
        "{:?}",
        content.media
    );
    let warnings: Vec<_> = content.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(warnings.len(), 1, "{warnings:#?}");
    assert!(warnings[0].starts_with("content/pages/about.md:4:34: the picture has no"));
}

#[test]
fn front_matter_says_what_is_wrong_with_it() {
    for (text, fault) in [
        ("# About", "1:1: begins without front matter"),
        ("---\ntitle: x\n---\n", "1:1: the front matter is TOML"),
        ("+++\ntitle = \"x\"\n", "1:1: the front matter never ends"),
        ("+++\ntitle = x\n+++\n", "2:9: the front matter is no TOML"),
        (
            "+++\ntitel = \"x\"\n+++\n",
            "2:1: unknown key 'titel'; did you mean 'title'?",
        ),
        ("+++\n+++\n", "2:1: title: is missing"),
        ("+++\ntitle = 3\n+++\n", "2:9: title: is no text"),
        (
            "+++\r\ntitle = \"x\"\r\npublished_at = \"soon\"\r\n+++\r\n",
            "3:16: published_at: is no",
        ),
        (
            "+++\ntitle = \"x\"\ntags = \"a\"\n+++\n",
            "3:8: tags: is no list",
        ),
        (
            "+++\ntitle = \"x\"\npicture = \"b.jpg\"\n+++\n",
            "3:11: picture: 'b.jpg': is not in",
        ),
        (
            "+++\ntitle = \"x\"\npicture = { alt = \"b\" }\n+++\n",
            "3:11: picture: names no file",
        ),
    ] {
        let faults = faults(&[("content/blog/a.md", text)]);
        let begins = format!("content/blog/a.md:{fault}");
        assert!(
            faults.iter().any(|found| found.starts_with(&begins)),
            "{text}: {faults:#?}"
        );
    }
}

#[test]
fn names_of_files_say_what_they_are() {
    let text = page("");
    for (path, fault) in [
        ("content/about.md", "is in no folder"),
        (
            "content/page/about.md",
            "there is no folder 'page'; did you mean 'pages'?",
        ),
        ("content/pages/about.txt", "is no document"),
        ("content/pages/about.zz.md", "the shop has no language 'zz'"),
        (
            "content/pages/about.en.md",
            "'en' is the shop's own: call the file about.md",
        ),
        (
            "content/pages/about.zh.md",
            "is a translation of 'content/pages/about.md'",
        ),
        ("content/pages/a b.md", "the name has the character ' '"),
    ] {
        let faults = faults(&[(path, &text)]);
        assert!(
            faults[0].starts_with(&format!("{path}: {fault}")),
            "{faults:?}"
        );
    }
    assert!(
        content(&[("content/pages/.DS_Store", "\u{0}")])
            .index
            .entries
            .is_empty()
    );
}

#[test]
fn translations_are_beside_their_document_and_the_blog_begins_with_the_newest() {
    let article = |date: &str| format!("+++\ntitle = \"A\"\npublished_at = {date}\n+++\na");
    let (old, new) = (article("2026-01-02"), article("2026-11-29T08:00:00+01:00"));
    let content = content(&[
        ("content/blog/a-old.md", &old),
        ("content/blog/b-new.md", &new),
        (
            "content/help/z.md",
            "+++\ntitle = \"Z?\"\nposition = 1\n+++\n",
        ),
        ("content/help/a.md", "+++\ntitle = \"A?\"\n+++\n"),
        (
            "content/pages/about.md",
            "+++\ntitle = \"About\"\nsummary = \"Us.\"\n+++\nEnglish",
        ),
        (
            "content/pages/about.zh.md",
            "+++\ntitle = \"关于\"\n+++\n中文",
        ),
    ]);
    let slugs: Vec<_> = content
        .index
        .entries
        .iter()
        .map(|e| e.slug.as_str())
        .collect();
    assert_eq!(slugs, ["about", "b-new", "a-old", "z", "a"]);
    let about = content.index.find(ContentKind::Page, "about").unwrap();
    assert_eq!(about.title.base, "About");
    assert_eq!(about.documents.iter().flatten().count(), 2);
    assert_eq!(document(&content, 1), "<p>中文</p>");
    let new = content.index.find(ContentKind::Blog, "b-new").unwrap();
    assert_eq!(new.published_at_ms, 1_795_935_600_000);
    assert_eq!(new.documents.len(), 2);
}

#[test]
fn a_document_is_dated_by_the_last_change_that_shoppers_see() {
    let folder = |about: &str| {
        let about = page(about);
        let files = [
            ("content/pages/about.md", about),
            ("content/pages/b.md", page("b")),
        ];
        move |published: Option<&ContentIndex>, now_ms| {
            let files: Vec<_> = files
                .iter()
                .map(|(path, text)| (*path, text.as_str()))
                .collect();
            read_at(&files, published, now_ms).unwrap()
        }
    };
    let first = folder("a")(None, 10);
    assert_eq!(folder("a")(Some(&first.index), 20), first);
    let second = folder("other")(Some(&first.index), 30);
    let dates = second
        .index
        .entries
        .iter()
        .map(|entry| entry.modified_at_ms);
    assert_eq!(dates.collect::<Vec<_>>(), [30, 10]);
    // A comment is not shown.
    let third = folder("other\n\n<!-- a -->")(Some(&second.index), 40);
    assert_eq!(third.index.entries[0], second.index.entries[0]);
}

#[test]
fn links_that_lead_nowhere_are_warnings() {
    let body = "[a](/products/tee) [b](terms.md) [c](about.md)";
    let content = content(&[("content/pages/about.md", &page(body))]);
    let warnings: Vec<_> = content.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        [
            "content/pages/about.md:4:1: the link leads to no product: 'tee'; did you mean 'tea'?",
            "content/pages/about.md:4:20: the link leads to no document: 'terms'",
        ]
    );
    assert!(document(&content, 0).contains("<a href=\"[path]/pages/about\">c</a>"));
}

mod any_text {
    use proptest::prelude::*;

    use super::*;

    /// Elements of a text that end each other.
    fn is_whole(html: &str) -> bool {
        let mut open: Vec<&str> = Vec::new();
        for tag in html.split('<').skip(1) {
            let name = tag.split(['>', ' ']).next().unwrap_or_default();
            match name.strip_prefix('/') {
                Some(name) if open.pop() != Some(name) => return false,
                Some(_) => {}
                None if ["br", "hr", "img", "wbr", "col", "area"].contains(&name) => {}
                None => open.push(name),
            }
        }
        open.is_empty()
    }

    proptest! {
        #[test]
        fn of_a_document_that_is_published_again_changes_nothing(
            title in "[^\\p{Cc}\"\\\\\u{fdd0}\u{fdd1}]{1,20}",
            body in "([^\\p{Cc}{}\u{fdd0}\u{fdd1}]|[\r\n\t]){0,200}",
            ends in prop::sample::select(vec!["\n", "\r\n"]),
            language in prop::sample::select(vec!["", ".zh"]),
        ) {
            let own = format!("+++{ends}title = \"{title}\"{ends}+++{ends}{body}");
            let other = format!("content/help/a{language}.md");
            let mut folder = vec![("content/help/a.md", own.as_str())];
            if !language.is_empty() {
                folder.push((&other, own.as_str()));
            }
            if let Ok(content) = read_at(&folder, None, 1) {
                let again = read_at(&folder, Some(&content.index), 2).unwrap();
                prop_assert_eq!(again, content);
            } else {
                prop_assume!(title.trim().is_empty() || body.contains("!["));
            }
        }

        #[test]
        fn becomes_html_that_is_whole_and_runs_nothing(
            pieces in prop::collection::vec(
                prop::sample::select(vec![
                    "a", " ", "\n", "\n\n", "*", "**", "_", "`", "# ", "- ", "> ", "| a |\n|---|\n",
                    "<b>", "</b>", "<p>", "<div>", "</div>", "<a href=\"/x\">", "</a>", "<script>",
                    "{{price:tea}}", "{{product:tea}}", "{{collection:pots}}", "\\", "{{", "}}",
                    "[x](/products/tea)", "![x](pictures/a.jpg)", "&lt;", "~~", "1. ", "\t", "<td>",
                ]),
                0..24,
            )
        ) {
            let body = page(&pieces.concat());
            if let Ok(content) = read_at(&[("content/pages/a.md", &body)], None, 1) {
                let html = document(&content, 0);
                prop_assert!(is_whole(&html), "{}", html);
                prop_assert!(!html.contains("<script") && !html.contains('\u{fdd0}'), "{}", html);
            }
        }
    }
}
