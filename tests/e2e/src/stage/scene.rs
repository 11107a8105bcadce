//! What a drill says about its shop: the extension `souk` of an experiment.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::Value;
use souk_drill::{Environment, Experiment};

use super::defects::Defect;
use crate::tools;

/// The name of the extension.
const NAME: &str = "souk";
/// The id of the sale, if there is one.
pub(super) const SALE: &str = "drop";

/// A drill that was read.
#[derive(Debug, Clone)]
pub struct Drill {
    /// What happens.
    pub experiment: Experiment,
    /// On which shop.
    pub scene: Scene,
}

impl Drill {
    /// Reads a drill; the programs that it starts have to be there.
    ///
    /// # Errors
    /// With what is wrong, and where.
    pub fn read(file: &Path) -> Result<Self> {
        let shown = || file.display().to_string();
        let text = fs::read_to_string(file).with_context(shown)?;
        let environment = Environment::default().with("PATH", path_with_programs()?);
        let experiment = Experiment::parse(&text, &environment).with_context(shown)?;
        let scene = Scene::of(&experiment).with_context(shown)?;
        Ok(Self { experiment, scene })
    }

    /// The sale of its shop.
    pub fn sale(&self) -> Option<&'static str> {
        self.scene.sale.as_ref().map(|_| SALE)
    }
}

/// `PATH` with `souk` and `souk-load` on it.
///
/// # Errors
/// When one of them is missing.
pub fn path_with_programs() -> Result<String> {
    let programs = [tools::souk()?, tools::load()?];
    let folders = programs.iter().filter_map(|program| program.parent());
    let path = env::var_os("PATH").unwrap_or_default();
    let path = folders
        .map(Path::to_path_buf)
        .chain(env::split_paths(&path));
    let path = env::join_paths(path)?.into_string().ok();
    path.context("PATH is a text")
}

/// A shop as a drill wants it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scene {
    /// [`NAME`].
    pub name: String,
    /// Units of each SKU.
    pub stock: BTreeMap<String, u32>,
    /// A sale of one of them.
    #[serde(default)]
    pub sale: Option<SaleScene>,
    /// The level that the staff have set before it begins.
    #[serde(default)]
    pub level: u8,
    /// What can be planted, and what that is.
    #[serde(default)]
    pub defects: BTreeMap<Defect, String>,
}

/// A sale without a waiting room, with the id `drop`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SaleScene {
    /// Of which SKU; it is sold as `sale:drop:SKU`.
    pub sku: String,
    /// How many of them.
    pub units: u32,
    /// Seconds from the end of the preparations; more on a machine on which those take long.
    pub opens_in_s: i64,
}

impl Scene {
    /// The scene of a drill.
    ///
    /// # Errors
    /// When the experiment has none, or it cannot be meant.
    pub fn of(experiment: &Experiment) -> Result<Self> {
        let extension = experiment.extension(NAME);
        let extension = extension.with_context(|| {
            format!("this experiment is no drill: it has no extension '{NAME}' about its shop")
        })?;
        let extension = Value::Object(extension.clone());
        let scene: Self = serde_json::from_value(extension).context("the extension 'souk'")?;
        if let Some(sale) = scene
            .sale
            .as_ref()
            .filter(|sale| !scene.stock.contains_key(&sale.sku))
        {
            bail!(
                "the extension 'souk': nothing of '{}' is in stock",
                sale.sku
            );
        }
        Ok(scene)
    }

    /// A defect by its name.
    ///
    /// # Errors
    /// When the drill has none of this name.
    pub fn defect(&self, name: &str) -> Result<Defect> {
        let mut defects = self.defects.keys();
        let found = defects.find(|defect| defect.name() == name);
        found.copied().with_context(|| {
            let known: Vec<_> = self.defects.keys().map(|defect| defect.name()).collect();
            format!(
                "this drill has no defect '{name}'; it has {}",
                known.join(", ")
            )
        })
    }
}
