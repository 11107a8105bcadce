//! Whether a drawing (SVG) is nothing but a drawing: it runs no script, and loads nothing.
//!
//! The shop serves it with a policy under which it could do neither. It is refused here as well, by
//! name, because it may come from a supplier and go on to places without that policy: what is
//! refused is known, and what was taken out silently is not.
//!
//! Invariant: what is not known to be inert is refused. A reference leads to a part of the same
//! drawing, or carries a raster picture or a font in itself.

use resvg::usvg::roxmltree::{Attribute, Document, Node, NodeType};

/// Elements that run something or show another document. Compared without case.
const ELEMENTS: [&str; 9] = [
    "script",
    "handler",
    "listener",
    "foreignObject",
    "iframe",
    "embed",
    "object",
    "audio",
    "video",
];
const SVG: &str = "http://www.w3.org/2000/svg";
const XLINK: &str = "http://www.w3.org/1999/xlink";
const XHTML: &str = "http://www.w3.org/1999/xhtml";
const XML: &str = "http://www.w3.org/XML/1998/namespace";
/// Attributes whose whole value is a reference.
const REFERENCES: [&str; 5] = ["href", "src", "ping", "action", "data"];
/// What a reference may carry in itself: pictures of pixels, and fonts.
const CARRIED: [&str; 8] = [
    "data:image/png",
    "data:image/jpeg",
    "data:image/jpg",
    "data:image/gif",
    "data:image/webp",
    "data:font/",
    "data:application/font",
    "data:application/x-font",
];
/// What loads something in style sheets without `url(`.
const OF_STYLES: [&str; 4] = ["@import", "image-set(", "image(", "src("];

/// Refuses a drawing that is more than one.
///
/// # Errors
/// Names what was found and the line.
pub(super) fn check(document: &Document<'_>) -> Result<(), String> {
    // A document type can give attributes to elements that show none.
    if document.input_text().contains("<!ATTLIST") {
        return Err(more_than("a document type with attributes (<!ATTLIST>)", 1));
    }
    for node in document.descendants() {
        let found = match node.node_type() {
            NodeType::Element => element(&node),
            NodeType::PI => instruction(&node),
            NodeType::Text | NodeType::Root | NodeType::Comment => None,
        };
        if let Some(what) = found {
            let line = document.text_pos_at(node.range().start).row;
            return Err(more_than(&what, line));
        }
    }
    Ok(())
}

fn more_than(what: &str, line: u32) -> String {
    format!(
        "has {what} in line {line}: a picture of a shop may neither run nor load anything. Remove \
         it, or export the drawing anew as plain SVG or as PNG"
    )
}

fn element(node: &Node<'_, '_>) -> Option<String> {
    let tag = node.tag_name();
    if tag.namespace() == Some(XHTML) {
        return Some(format!("<{}>", tag.name()));
    }
    // What drawing programs keep for themselves means nothing to a browser.
    if tag.namespace().is_some_and(|namespace| namespace != SVG) {
        return None;
    }
    let is_refused = ELEMENTS
        .iter()
        .any(|name| name.eq_ignore_ascii_case(tag.name()));
    if is_refused {
        return Some(format!("<{}>", tag.name()));
    }
    if tag.name().eq_ignore_ascii_case("style") {
        let parts = node.descendants().filter(Node::is_text);
        let parts = parts.filter_map(|part| part.text());
        if let Some(what) = style(&parts.collect::<String>()) {
            return Some(format!("a style with {what}"));
        }
    }
    node.attributes().find_map(|attribute| {
        of_attribute(&attribute).map(|what| format!("{what} at <{}>", tag.name()))
    })
}

fn of_attribute(attribute: &Attribute<'_, '_>) -> Option<String> {
    let (name, value) = (attribute.name(), attribute.value());
    let namespace = attribute.namespace();
    if namespace.is_some_and(|namespace| ![XLINK, XML].contains(&namespace)) {
        return None;
    }
    let lower = name.to_ascii_lowercase();
    if lower.starts_with("on") {
        return Some(format!("the event handler {name}"));
    }
    if namespace == Some(XML) && lower == "base" {
        return Some("xml:base".to_owned());
    }
    if REFERENCES.contains(&lower.as_str()) && !is_inside(value) {
        return Some(format!("the reference {name}={:?}", short(value)));
    }
    // An animation could set what is refused.
    if lower == "attributename" {
        let target = value.trim().to_ascii_lowercase();
        let local = target.rsplit(':').next().unwrap_or_default();
        let is_refused = local.starts_with("on") || REFERENCES.contains(&local);
        return is_refused.then(|| format!("an animation of {value:?}"));
    }
    style(value).map(|what| format!("{name} with {what}"))
}

/// `<?xml-stylesheet?>` loads a file; others do nothing in a browser.
fn instruction(node: &Node<'_, '_>) -> Option<String> {
    let target = node.pi()?.target;
    target
        .eq_ignore_ascii_case("xml-stylesheet")
        .then(|| format!("<?{target}?>"))
}

/// Whether a reference leads nowhere else.
fn is_inside(reference: &str) -> bool {
    let reference = reference.trim().to_ascii_lowercase();
    reference.is_empty()
        || reference.starts_with('#')
        || CARRIED.iter().any(|kind| reference.starts_with(kind))
}

/// What in a style sheet, or in an attribute that is one or a part of one, leads elsewhere.
fn style(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    if let Some(found) = OF_STYLES.iter().find(|part| lower.contains(**part)) {
        return Some((*found).to_owned());
    }
    // With escapes, `url` need not look like it.
    if lower.contains('\\') && lower.contains('(') {
        return Some("escapes".to_owned());
    }
    let mut parts = lower.split("url(");
    parts.next();
    parts.find_map(|after| {
        let reference = after.split(')').next().unwrap_or_default();
        let reference = reference.trim().trim_matches(['"', '\'']);
        (!is_inside(reference)).then(|| format!("url({})", short(reference)))
    })
}

fn short(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use resvg::usvg::roxmltree::ParsingOptions;

    use super::*;

    fn verdict(content: &str) -> Result<(), String> {
        let text = format!(
            "<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" \
             xmlns:xlink=\"http://www.w3.org/1999/xlink\" width=\"9\" height=\"9\">\n{content}\n</svg>"
        );
        judge(&text)
    }

    fn judge(text: &str) -> Result<(), String> {
        let options = ParsingOptions {
            allow_dtd: true,
            ..ParsingOptions::default()
        };
        check(&Document::parse_with_options(text, options).expect("well-formed"))
    }

    #[test]
    fn a_drawing_that_refers_to_itself_is_one() {
        for content in [
            "<path d=\"M0 0h9\" fill=\"url(#g)\" style=\"stroke: url('#g')\"/>",
            "<use href=\"#a\"/><use xlink:href=\"#a\"/><a href=\"#a\"/>",
            "<image href=\"data:image/png;base64,AAAA\"/>",
            "<style>@font-face { src: url(data:font/woff2;base64,AA) } .a { fill: red }</style>",
            "<text>onload=\"x\" &lt;script&gt; https://shop.example</text>",
            "<animate attributeName=\"opacity\" values=\"0;1\"/>",
            "<metadata xmlns:r=\"http://r.example/\"><r:of r:resource=\"http://l.example/\"/></metadata>",
            "<g xmlns:i=\"http://ns.example/i\" i:file=\"C:\\a (1).svg\" i:href=\"http://a.example/\"/>",
            "<!-- <script>no</script> --><title>A \\ B</title>",
        ] {
            assert_eq!(verdict(content), Ok(()), "{content}");
        }
        let with_types = "<!DOCTYPE svg [<!ENTITY e \"http://ns.example/\">]>\n\
                          <svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:e=\"&e;\"/>";
        assert_eq!(judge(with_types), Ok(()));
    }

    #[test]
    fn what_runs_or_loads_something_is_refused_by_name_and_line() {
        for (content, found) in [
            ("<script>x()</script>", "<script>"),
            ("<SCRIPT>x()</SCRIPT>", "<SCRIPT>"),
            (
                "<s:script xmlns:s=\"http://www.w3.org/2000/svg\"/>",
                "<script>",
            ),
            ("<g onload=\"x()\"/>", "the event handler onload at <g>"),
            ("<g ONCLICK=\"x()\"/>", "the event handler ONCLICK"),
            ("<foreignObject/>", "<foreignObject>"),
            ("<b xmlns=\"http://www.w3.org/1999/xhtml\"/>", "<b>"),
            ("<a href=\"javascript:x()\"/>", "the reference href="),
            ("<a xlink:href=\" JavaScript:x()\"/>", "the reference href="),
            ("<a href=\"&#106;avascript:x()\"/>", "the reference href="),
            (
                "<image href=\"https://a.example/b.png\"/>",
                "the reference href=",
            ),
            ("<image href=\"//a.example/b.png\"/>", "the reference href="),
            ("<image href=\"b.png\"/>", "the reference href=\"b.png\""),
            ("<use href=\"b.svg#c\"/>", "the reference href="),
            (
                "<image href=\"data:image/svg+xml,&lt;svg/>\"/>",
                "the reference href=",
            ),
            ("<image href=\"data:text/html,x\"/>", "the reference href="),
            (
                "<path fill=\"url(https://a.example/#b)\"/>",
                "fill with url(https://a.example/#b)",
            ),
            (
                "<path style=\"fill:url( 'b.svg#c' )\"/>",
                "style with url(b.svg#c)",
            ),
            (
                "<path style=\"fill:u\\72l(b.svg#c)\"/>",
                "style with escapes",
            ),
            ("<style>@import 'b.css';</style>", "a style with @import"),
            (
                "<style>@im<!-- -->port 'b.css';</style>",
                "a style with @import",
            ),
            (
                "<style><![CDATA[a{fill:URL(//b.example)}]]></style>",
                "a style with url(//b.example)",
            ),
            (
                "<set attributeName=\"xlink:href\" to=\"javascript:x()\"/>",
                "an animation of",
            ),
            (
                "<animate attributeName=\"onclick\" to=\"x()\"/>",
                "an animation of",
            ),
            ("<g xml:base=\"https://a.example/\"/>", "xml:base"),
            ("<?xml-stylesheet href=\"b.css\"?>", "<?xml-stylesheet?>"),
        ] {
            let refused = verdict(content).expect_err(content);
            assert!(refused.contains(found), "{content}: {refused}");
            assert!(refused.contains(" in line 3: "), "{content}: {refused}");
        }
        let given = "<!DOCTYPE svg [<!ATTLIST svg onload CDATA \"x()\">]>\n\
                     <svg xmlns=\"http://www.w3.org/2000/svg\"/>";
        assert!(judge(given).unwrap_err().contains("<!ATTLIST>"));
        let hidden = "<!DOCTYPE svg [<!ENTITY e \"<script/>\">]>\n\
                      <svg xmlns=\"http://www.w3.org/2000/svg\">&e;</svg>";
        assert!(judge(hidden).unwrap_err().contains("<script>"));
    }
}
