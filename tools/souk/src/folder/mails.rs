//! Templates of mails that the folder has, in the compact form that is published.

use std::collections::BTreeSet;

use souk_catalogue::encode_blob;
use souk_domain::MailKind;
use souk_mail::texts::built_in_language;
use souk_shop_folder::{Files, Part, Problem, suggestion};

/// A template of the shop's own.
pub(super) struct OwnTemplate {
    pub(super) kind: MailKind,
    /// Code of its language.
    pub(super) language: String,
    pub(super) blob: Vec<u8>,
}

/// Reads the templates. `languages` are the codes of the shop's.
pub(super) fn templates(
    files: &Files,
    languages: &[String],
    problems: &mut Vec<Problem>,
) -> Vec<OwnTemplate> {
    let mut templates = Vec::new();
    for (path, content) in files
        .iter()
        .filter(|(path, _)| Part::of(path) == Some(Part::Mails))
    {
        match template(path, content, languages) {
            Ok(template) => templates.push(template),
            Err(problem) => problems.push(problem),
        }
    }
    warn(languages, &templates, problems);
    templates
}

fn template(path: &str, content: &[u8], languages: &[String]) -> Result<OwnTemplate, Problem> {
    let name = path.strip_prefix("mails/").unwrap_or(path);
    let name = name.strip_suffix(".md").unwrap_or(name);
    let Some((kind_name, language)) = name.split_once('.') else {
        let instead = "call it KIND.LANG.md, such as order_received.en.md";
        return Err(Problem::of_file(path, "the name has no language", instead));
    };
    let kind = MailKind::parse(kind_name).ok_or_else(|| {
        let reason = format!("'{kind_name}' is no kind of mail");
        Problem::of_file(path, reason, suggestion(kind_name, kinds()))
    })?;
    if !languages.iter().any(|code| code == language) {
        let reason = format!("the shop does not speak '{language}'");
        let known = languages.iter().map(String::as_str);
        let instead = format!(
            "add it to languages in shop.toml, or take the file away; {}",
            suggestion(language, known)
        );
        return Err(Problem::of_file(path, reason, instead));
    }
    let text = std::str::from_utf8(content)
        .map_err(|_| Problem::of_file(path, "the file is not UTF-8", "save it as UTF-8"))?;
    let template = souk_mail::parse::parse(text, kind).map_err(|error| Problem {
        line: Some(error.line),
        ..Problem::of_file(path, error.reason, "")
    })?;
    Ok(OwnTemplate {
        kind,
        language: language.to_owned(),
        blob: encode_blob(&template),
    })
}

fn kinds() -> [&'static str; MailKind::ALL.len()] {
    MailKind::ALL.map(MailKind::name)
}

/// Names the languages whose buyers would get mails in another one.
fn warn(languages: &[String], templates: &[OwnTemplate], problems: &mut Vec<Problem>) {
    for language in languages {
        let written_in = built_in_language(language);
        if language.split('-').next() == Some(written_in) {
            continue;
        }
        let own = templates.iter().filter(|one| one.language == *language);
        let own: BTreeSet<_> = own.map(|one| one.kind).collect();
        let missing = MailKind::ALL.into_iter().filter(|kind| !own.contains(kind));
        let missing: Vec<_> = missing.map(MailKind::name).collect();
        if missing.is_empty() {
            continue;
        }
        let reason = format!(
            "mails to buyers who read '{language}' are in English: {}",
            missing.join(", ")
        );
        let instead = format!("write mails/{}.{language}.md and the others", missing[0]);
        problems.push(Problem::of_file("mails/", reason, instead).warning());
    }
}

#[cfg(test)]
mod tests {
    use souk_catalogue::decode_blob;
    use souk_mail::template::Template;
    use souk_shop_folder::Severity;

    use super::*;

    fn read(files: &[(&str, &str)], languages: &[&str]) -> (Vec<OwnTemplate>, Vec<String>) {
        let files = files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()))
            .collect();
        let languages: Vec<_> = languages.iter().map(|&code| code.to_owned()).collect();
        let mut problems = Vec::new();
        let templates = templates(&files, &languages, &mut problems);
        let problems = problems.iter().map(|problem| match problem.severity {
            Severity::Error => problem.to_string(),
            Severity::Warning => format!("warning: {problem}"),
        });
        (templates, problems.collect())
    }

    const SHIPPED: &str = "+++\nsubject = \"Moin {{order.number}}\"\n+++\nAhoi.\n\n{{lines}}\n";

    #[test]
    fn a_template_is_published_in_its_compact_form() {
        let (templates, problems) = read(&[("mails/shipped.de.md", SHIPPED)], &["de"]);
        assert_eq!(problems, Vec::<String>::new());
        let [own] = &templates[..] else {
            panic!("{} templates", templates.len());
        };
        assert_eq!((own.kind, own.language.as_str()), (MailKind::Shipped, "de"));
        let template: Template = decode_blob("template", &own.blob).unwrap();
        assert_eq!(template.blocks.len(), 2);
    }

    #[test]
    fn what_is_wrong_is_named_with_what_would_be_right() {
        for (path, text, problem) in [
            (
                "mails/shiped.de.md",
                SHIPPED,
                "mails/shiped.de.md: 'shiped' is no kind of mail; did you mean shipped?",
            ),
            (
                "mails/shipped.fr.md",
                SHIPPED,
                "mails/shipped.fr.md: the shop does not speak 'fr'; add it to languages in \
                 shop.toml, or take the file away; known here: de",
            ),
            (
                "mails/shipped.md",
                SHIPPED,
                "mails/shipped.md: the name has no language; call it KIND.LANG.md, such as \
                 order_received.en.md",
            ),
            (
                "mails/shipped.de.md",
                "+++\nsubject = \"x\"\n+++\nHello\n\n{{trackin}}\n",
                "mails/shipped.de.md:6: {{trackin}} is no placeholder; the nearest one is \
                 {{tracking}}",
            ),
        ] {
            let (templates, problems) = read(&[(path, text)], &["de"]);
            assert!(templates.is_empty());
            assert_eq!(problems, [problem]);
        }
    }

    #[test]
    fn a_language_without_texts_is_named() {
        let (_, problems) = read(&[("mails/shipped.fr.md", SHIPPED)], &["en", "fr", "de-at"]);
        let warning = "warning: mails/: mails to buyers who read 'fr' are in English: \
            order_received, payment_due, payment_received, delivered, changed, cancelled, refunded; write \
            mails/order_received.fr.md and the others";
        assert_eq!(problems, [warning]);
    }
}
