//! `cargo xtask search-reference`: whether the search answers as its rules say.
//!
//! A scorer in Python (`tests/search`) makes the answers by brute force from `shared/search/README.md`
//! and shares no code with the engine; equal are the first 50 results with their scores, totals, counts
//! of values and words that are left out. Stems and readings are those of the packages that others use.
//!
//! Not here: whether the results are good (`cargo xtask relevance`).

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::process::command;
use crate::{paths, setup};

/// Arguments of `cargo xtask search-reference`.
#[derive(Debug, Args)]
pub(crate) struct SearchReferenceArgs {
    /// Products that are made up.
    #[arg(long, default_value_t = 20_000)]
    products: u32,
    /// Queries of each catalogue.
    #[arg(long, default_value_t = 500)]
    queries: u32,
    /// The same products and queries for the same seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// What the checks of the repository compare: a few seconds.
pub(crate) const IN_CHECKS: SearchReferenceArgs = SearchReferenceArgs {
    products: 3_000,
    queries: 300,
    seed: 1,
};

/// A product file with its translations.
struct Catalogue {
    products: PathBuf,
    translations: PathBuf,
}

/// Runs the subcommand.
///
/// # Errors
/// When an answer is not as the rules say.
pub(crate) fn run(args: &SearchReferenceArgs) -> Result<()> {
    let root = paths::repo_root()?;
    let mut cargo = command("cargo");
    cargo.current_dir(&root);
    cargo.args([
        "build",
        "--quiet",
        "--locked",
        "--package",
        "souk-relevance",
    ]);
    if !cargo.status().context("cargo cannot be started")?.success() {
        bail!("souk-relevance does not compile");
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or(root.join("target"), PathBuf::from);
    let program = target.join("debug/souk-relevance");
    check(&root, &program, &setup::judges()?, args)
}

/// Compares the engine with the scorer on the demo shop and on products that are made up; `program` is
/// `souk-relevance`.
///
/// # Errors
/// When an answer is not as the rules say.
pub(crate) fn check(
    root: &Path,
    program: &Path,
    python: &Path,
    args: &SearchReferenceArgs,
) -> Result<()> {
    let scratch = root.join("target/search-reference");
    fs::create_dir_all(&scratch).context("the folder for products that are made up")?;
    let reference = Reference {
        root,
        program,
        python,
        scratch: &scratch,
        seed: args.seed.to_string(),
    };
    let demo = Catalogue {
        products: root.join("tools/xtask/demo/products.csv"),
        translations: root.join("tools/xtask/demo/products.zh-CN.csv"),
    };
    reference.tables(&demo)?;
    let count = args.products.to_string();
    let mut make = reference.script("generate.py");
    make.args(["products", "--count", &count, "--seed", &reference.seed]);
    succeed(make.arg("--out").arg(&scratch))?;
    let made_up = Catalogue {
        products: scratch.join("products.csv"),
        translations: scratch.join("products.zh.csv"),
    };
    for (name, catalogue) in [("the demo shop", &demo), ("products made up", &made_up)] {
        println!("{name}:");
        reference.compare(catalogue, args.queries)?;
    }
    Ok(())
}

struct Reference<'a> {
    root: &'a Path,
    program: &'a Path,
    python: &'a Path,
    scratch: &'a Path,
    seed: String,
}

impl Reference<'_> {
    fn script(&self, name: &str) -> Command {
        let mut script = command(self.python);
        script.env("PYTHONDONTWRITEBYTECODE", "1");
        script.arg(self.root.join("tests/search").join(name));
        script
    }

    fn engine(&self, catalogue: &Catalogue) -> Command {
        let mut engine = command(self.program);
        engine.arg("--catalogue").arg(&catalogue.products);
        engine.arg("--translations").arg(&catalogue.translations);
        engine.args(["--language", "en,zh"]);
        engine
    }

    fn compare(&self, catalogue: &Catalogue, queries: u32) -> Result<()> {
        let (asked, answers) = (self.scratch.join("queries"), self.scratch.join("answers"));
        let count = queries.to_string();
        let mut ask = self.script("generate.py");
        ask.args(["queries", "--count", &count, "--seed", &self.seed]);
        ask.arg("--catalogue").arg(&catalogue.products);
        ask.arg("--translations").arg(&catalogue.translations);
        succeed_into(&mut ask, &asked)?;
        succeed_into(
            self.engine(catalogue).arg("--answers").arg(&asked),
            &answers,
        )?;
        let mut score = self.script("reference.py");
        score.arg("--catalogue").arg(&catalogue.products);
        score.arg("--translations").arg(&catalogue.translations);
        succeed(score.arg("--answers").arg(&answers))
    }

    /// Stems and readings.
    fn tables(&self, catalogue: &Catalogue) -> Result<()> {
        let [words, stems, readings] =
            ["words", "stems", "readings"].map(|name| self.scratch.join(name));
        succeed_into(self.script("judges.py").arg("words"), &words)?;
        succeed_into(self.engine(catalogue).arg("--stems").arg(&words), &stems)?;
        succeed_into(self.engine(catalogue).arg("--readings"), &readings)?;
        let mut judge = self.script("judges.py");
        succeed(judge.arg("compare").arg(&stems).arg(&readings))
    }
}

fn succeed_into(command: &mut Command, file: &Path) -> Result<()> {
    let output = File::create(file).with_context(|| file.display().to_string())?;
    succeed(command.stdout(output))
}

fn succeed(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_owned();
    let status = command.status();
    let status = status.with_context(|| format!("{} cannot be started", program.display()))?;
    if !status.success() {
        bail!(
            "the search does not answer as its rules say, or {} failed",
            program.display()
        );
    }
    Ok(())
}
