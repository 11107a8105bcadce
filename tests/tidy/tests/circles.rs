//! Modules of a crate build on one another in one direction, as crates do.
//!
//! A module is a file. Paths that begin with `crate`, `self` or `super`, or with the name of a
//! module below, say what a file builds on; unit tests do not count, and neither do the names that a
//! parent re-exports: such a name is followed to the file that it comes from.
//!
//! Not here: arrows between crates (`layers`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use souk_tidy::{files, read};

/// A module by its path within the crate; the crate's root has none.
type Module = Vec<String>;

/// The modules of a crate: the text of each without its unit tests.
type Crate = BTreeMap<Module, Vec<Token>>;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Name(String),
    /// `::`.
    Below,
    Mark(char),
}

fn tokens(text: &str) -> Vec<Token> {
    let text: String = text
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or_default()
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default().to_owned() + "\n")
        .collect();
    let mut tokens = Vec::new();
    let mut rest = text.as_str();
    while let Some(first) = rest.chars().next() {
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        let length = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
        if length > 0 {
            tokens.push(Token::Name(rest[..length].to_owned()));
            rest = &rest[length..];
        } else if let Some(after) = rest.strip_prefix("::") {
            tokens.push(Token::Below);
            rest = after;
        } else {
            if !first.is_whitespace() {
                tokens.push(Token::Mark(first));
            }
            rest = &rest[first.len_utf8()..];
        }
    }
    tokens
}

/// Every path of the tree that begins here, and how many tokens it takes.
fn tree(tokens: &[Token]) -> (Vec<Vec<String>>, usize) {
    let Some(Token::Name(name)) = tokens.first() else {
        return (Vec::new(), 0);
    };
    if tokens.get(1) != Some(&Token::Below) {
        return (vec![vec![name.clone()]], 1);
    }
    let (mut below, mut taken) = (Vec::new(), 2);
    if tokens.get(2) == Some(&Token::Mark('{')) {
        taken = 3;
        while let Some(token) = tokens.get(taken) {
            let (paths, length) = tree(&tokens[taken..]);
            below.extend(paths);
            taken += length.max(1);
            if *token == Token::Mark('}') {
                break;
            }
        }
    } else {
        let (paths, length) = tree(&tokens[2..]);
        below = paths;
        taken += length;
    }
    if below.is_empty() {
        below.push(Vec::new());
    }
    let with_name = |path: Vec<String>| [vec![name.clone()], path].concat();
    (below.into_iter().map(with_name).collect(), taken)
}

/// The paths of a file, and those that it only re-exports.
fn paths(tokens: &[Token]) -> (Vec<Vec<String>>, Vec<Vec<String>>) {
    let (mut used, mut re_exported) = (Vec::new(), Vec::new());
    let mut place = 0;
    let mut is_re_export = false;
    while let Some(token) = tokens.get(place) {
        let before = place.checked_sub(1).map(|before| &tokens[before]);
        match token {
            Token::Name(name) if name == "use" => {
                let word = |token: &&Token| matches!(token, Token::Name(_));
                let public = tokens[..place].iter().rev();
                let mut public = public.take_while(|token| **token != Token::Mark(';'));
                is_re_export = public
                    .by_ref()
                    .take(4)
                    .filter(word)
                    .any(|token| *token == Token::Name("pub".to_owned()));
                place += 1;
            }
            Token::Mark(';') => {
                is_re_export = false;
                place += 1;
            }
            Token::Name(_) if before != Some(&Token::Below) => {
                let (found, taken) = tree(&tokens[place..]);
                match is_re_export {
                    true => re_exported.extend(found),
                    false => used.extend(found),
                }
                place += taken.max(1);
            }
            Token::Name(_) | Token::Below | Token::Mark(_) => place += 1,
        }
    }
    (used, re_exported)
}

/// The modules of the crate in a folder. Files that exist for tests alone are left out.
fn modules(folder: &str) -> Crate {
    let source = Path::new(folder).join("src");
    let mut modules = Crate::new();
    let mut of_tests = BTreeSet::new();
    for path in files(".rs") {
        let Ok(inner) = path.strip_prefix(&source) else {
            continue;
        };
        let inner = inner.with_extension("");
        let mut module: Module = inner
            .iter()
            .map(|part| part.to_string_lossy().into_owned())
            .collect();
        if matches!(
            module.last().map(String::as_str),
            Some("mod" | "lib" | "main")
        ) {
            module.pop();
        }
        let text = read(&path);
        for (_, after) in text
            .match_indices("#[cfg(test)]\nmod ")
            .map(|(at, found)| text[at..].split_at(found.len()))
        {
            if let Some((name, _)) = after.split_once(';')
                && !name.contains(' ')
            {
                of_tests.insert([module.clone(), vec![name.to_owned()]].concat());
            }
        }
        modules.insert(module, tokens(&text));
    }
    modules.retain(|module, _| !of_tests.contains(module));
    modules
}

/// The path from the crate's root; `None` for what another crate has.
fn absolute(modules: &Crate, module: &Module, path: &[String]) -> Option<Module> {
    // `pub(crate)` and `pub(super)` are no paths.
    let first = path.first().filter(|_| path.len() > 1)?;
    let (mut at, mut rest) = match first.as_str() {
        "crate" => (Module::new(), &path[1..]),
        "self" => (module.clone(), &path[1..]),
        "super" => (module.clone(), path),
        name => {
            let below = [module.clone(), vec![name.to_owned()]].concat();
            let is_module = modules.contains_key(&below);
            is_module.then_some((module.clone(), path))?
        }
    };
    while let Some(("super", after)) = rest.split_first().map(|(name, rest)| (name.as_str(), rest))
    {
        at.pop()?;
        rest = after;
    }
    Some([at, rest.to_vec()].concat())
}

/// The file that a path from the root leads to, through the re-exports of parents.
fn file(modules: &Crate, names: &BTreeMap<Module, Module>, path: &[String], depth: u8) -> Module {
    let known = (0..=path.len()).rev();
    let mut known = known.filter(|&length| modules.contains_key(&path[..length]));
    let length = known.next().unwrap_or(0);
    let item = path.get(..=length);
    match item.and_then(|item| names.get(item)).filter(|_| depth > 0) {
        Some(from) => file(modules, names, from, depth - 1),
        None => path[..length].to_vec(),
    }
}

/// For each module the modules that it builds on.
fn arrows(modules: &Crate) -> BTreeMap<Module, BTreeSet<Module>> {
    let mut names = BTreeMap::new();
    for (module, tokens) in modules {
        for path in paths(tokens).1 {
            let from = absolute(modules, module, &path);
            if let (Some(from), Some(name)) = (from, path.last()) {
                names.insert([module.clone(), vec![name.clone()]].concat(), from);
            }
        }
    }
    let to = |module: &Module, tokens: &[Token]| {
        let used = paths(tokens).0.into_iter();
        used.filter_map(|path| absolute(modules, module, &path))
            .map(|path| file(modules, &names, &path, 4))
            .filter(|target| target != module)
            .collect()
    };
    modules
        .iter()
        .map(|(module, tokens)| (module.clone(), to(module, tokens)))
        .collect()
}

/// Every module that a module builds on, directly or not.
fn reach<'a>(
    arrows: &'a BTreeMap<Module, BTreeSet<Module>>,
    from: &'a Module,
) -> BTreeSet<&'a Module> {
    let (mut seen, mut next) = (BTreeSet::new(), vec![from]);
    while let Some(module) = next.pop() {
        next.extend(arrows[module].iter().filter(|&to| seen.insert(to)));
    }
    seen
}

/// Modules that build on one another, in groups.
fn circles(arrows: &BTreeMap<Module, BTreeSet<Module>>) -> BTreeSet<BTreeSet<String>> {
    let reached: BTreeMap<_, _> = arrows
        .keys()
        .map(|module| (module, reach(arrows, module)))
        .collect();
    let group = |module: &Module| {
        let others = reached[module].iter();
        let mut group: BTreeSet<_> = others
            .filter(|other| reached[**other].contains(module))
            .map(|other| other.join("/"))
            .collect();
        group.insert(module.join("/"));
        group
    };
    let all = arrows.keys().map(group);
    all.filter(|group| group.len() > 1).collect()
}

#[test]
fn no_module_builds_on_one_that_builds_on_it() {
    let manifests = files("Cargo.toml");
    let mut wrong = Vec::new();
    for manifest in &manifests {
        let folder = manifest.parent().expect("a folder").to_string_lossy();
        if !folder.starts_with("shared/") && !folder.starts_with("functions/") {
            continue;
        }
        let found = circles(&arrows(&modules(&folder)));
        if !found.is_empty() {
            wrong.push(format!("{folder} has circles: {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_circle_is_found_through_re_exports_and_groups_of_paths() {
    let circles_of = |files: &[(&str, &str)]| {
        let module = |path: &str| -> Module {
            let parts = path.split('/').filter(|part| !part.is_empty());
            parts.map(str::to_owned).collect()
        };
        let modules = files
            .iter()
            .map(|(path, text)| (module(path), tokens(text)))
            .collect();
        circles(&arrows(&modules)).into_iter().flatten().count()
    };
    let root = ("", "mod a; mod b; mod c; pub use a::{A, D as E};");
    let cases: [(&[(&str, &str)], usize); 6] = [
        (&[root, ("a", "use crate::b::B;"), ("b", "")], 0),
        (
            &[
                root,
                ("a", "use crate::{c, b::B};"),
                ("b", "fn b() { crate::a::f() }"),
            ],
            2,
        ),
        (
            &[root, ("a", "use crate::b::B;"), ("b", "use crate::A;")],
            2,
        ),
        (
            &[
                root,
                ("a", "use crate::b::B;"),
                ("b", "// crate::a::A\nuse http::a;"),
            ],
            0,
        ),
        (
            &[
                root,
                ("b", ""),
                ("a", "mod x; x::f();"),
                ("a/x", "use super::A;"),
            ],
            2,
        ),
        (
            &[
                root,
                ("a", "use crate::b;"),
                ("b", "use crate::c;"),
                ("c", "html!{ (super::a::f()) }"),
            ],
            3,
        ),
    ];
    for (files, modules) in cases {
        assert_eq!(circles_of(files), modules, "{files:?}");
    }
}
