//! The WASM engine: its settings, and compiled components that are kept on disk for the next start.

use std::collections::hash_map::DefaultHasher;
use std::fs::{self, File};
use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use wasmtime::component::{Component, Linker};
use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Store};

use crate::bindings::Host_;
use crate::guest::{Guest, SpinHost};

/// Instances that can live at once, as in Spin.
const INSTANCES_MAX: u32 = 1000;
/// Bytes of an instance's memory that stay resident between its uses, as in Spin.
const KEEP_RESIDENT_BYTES: usize = 2 * 1024 * 1024;
/// How often a component that computes without a pause yields the thread to others.
const TIME_SLICE: Duration = Duration::from_millis(10);
/// Compiled components that the cache keeps; the oldest go first.
const CACHE_ENTRIES_MAX: usize = 64;

/// Makes the engine.
///
/// # Errors
/// When the machine cannot reserve the address space that `pooling` needs.
pub(crate) fn new_engine(pooling: bool) -> Result<Engine> {
    let mut config = Config::new();
    config.wasm_component_model_async(true);
    config.epoch_interruption(true);
    if pooling {
        let mut pool = PoolingAllocationConfig::default();
        pool.total_component_instances(INSTANCES_MAX)
            .total_core_instances(4 * INSTANCES_MAX)
            .total_memories(INSTANCES_MAX)
            .total_tables(2 * INSTANCES_MAX)
            .total_stacks(INSTANCES_MAX)
            .table_elements(100_000)
            .max_component_instance_size(10 << 20)
            .max_core_instance_size(10 << 20)
            .max_memory_size(4 << 30)
            .linear_memory_keep_resident(KEEP_RESIDENT_BYTES)
            .table_keep_resident(512 * 1024);
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    }
    let engine = Engine::new(&config)
        .map_err(anyhow::Error::from)
        .context("cannot start the WASM engine (--disable-pooling needs less address space)")?;
    start_clock(&engine)?;
    Ok(engine)
}

/// Ends every time slice, as long as the engine is there.
fn start_clock(engine: &Engine) -> Result<()> {
    let engine = engine.weak();
    let tick = move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            thread::sleep(TIME_SLICE);
        }
    };
    thread::Builder::new()
        .name("time slices".to_owned())
        .spawn(tick)?;
    Ok(())
}

/// Makes a store whose guest shares its thread with others, however long it computes.
pub(crate) fn new_store(engine: &Engine, guest: Guest) -> Store<Guest> {
    let mut store = Store::new(engine, guest);
    store.set_epoch_deadline(1);
    store.epoch_deadline_async_yield_and_update(1);
    store
}

/// The linker with everything that a component may import.
///
/// # Errors
/// Never for this set of interfaces: a name would have to be defined twice.
pub(crate) fn new_linker(engine: &Engine) -> Result<Linker<Guest>> {
    let mut linker = Linker::new(engine);
    // The Rust standard library of `wasm32-wasip2` imports WASI 0.2, the SDK WASI 0.3.
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi::p3::add_to_linker(&mut linker)?;
    wasmtime_wasi_http::p3::add_to_linker(&mut linker)?;
    Host_::add_to_linker::<_, SpinHost>(&mut linker, |guest| guest)?;
    Ok(linker)
}

/// Loads the component `name`, compiling it unless `cache` has it compiled already. Of several processes
/// that need the same one, one compiles it and the others wait: each of them would take all cores.
///
/// # Errors
/// When the file cannot be read or is no component.
pub(crate) fn load(
    engine: &Engine,
    name: &str,
    wasm: &Path,
    cache: Option<&Path>,
) -> Result<Component> {
    let bytes = fs::read(wasm).with_context(|| format!("cannot read {}", wasm.display()))?;
    let Some(cache) = cache else {
        return compile(engine, name, &bytes);
    };
    let compiled = cache.join(cache_key(engine, &bytes));
    if let Some(component) = load_compiled(engine, &compiled) {
        return Ok(component);
    }
    // A cache that cannot be written costs time, not correctness.
    let turn = take_turn(&compiled);
    if let Some(component) = load_compiled(engine, &compiled) {
        return Ok(component);
    }
    let component = compile(engine, name, &bytes)?;
    if let Err(error) = turn.and_then(|_turn| store_compiled(&component, &compiled)) {
        eprintln!(
            "warning: cannot keep the compiled component {}: {error:#}",
            compiled.display()
        );
    }
    Ok(component)
}

fn compile(engine: &Engine, name: &str, wasm: &[u8]) -> Result<Component> {
    let started = Instant::now();
    println!("Compiling component `{name}` ({} KiB)", wasm.len() / 1024);
    let component = Component::new(engine, wasm)
        .map_err(anyhow::Error::from)
        .context("the file is not a valid component")?;
    let took_s = started.elapsed().as_secs_f32();
    println!("Compiled component `{name}` after {took_s:.1} s");
    Ok(component)
}

/// Waits until no other process compiles the same component; until the file is dropped none does.
fn take_turn(compiled: &Path) -> Result<File> {
    let directory = compiled
        .parent()
        .context("a cache entry lies in a directory")?;
    fs::create_dir_all(directory)?;
    let turn = File::create(compiled.with_extension("lock"))?;
    turn.lock()?;
    Ok(turn)
}

/// The name depends on the content and on everything about the engine that changes its output.
fn cache_key(engine: &Engine, wasm: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    format!(
        "{}-{:016x}.cwasm",
        blake3::hash(wasm).to_hex(),
        hasher.finish()
    )
}

#[allow(
    unsafe_code,
    reason = "native code of this engine is loaded, see SAFETY"
)]
fn load_compiled(engine: &Engine, path: &Path) -> Option<Component> {
    if !path.exists() {
        return None;
    }
    // SAFETY: the file was written by `store_compiled` under the developer's own account, in a
    // directory that only this program writes to; it appears whole or not at all, and wasmtime
    // checks that its own version and settings made it.
    let loaded = unsafe { Component::deserialize_file(engine, path) };
    loaded.inspect_err(|_| _ = fs::remove_file(path)).ok()
}

fn store_compiled(component: &Component, path: &Path) -> Result<()> {
    let directory = path.parent().context("a cache entry lies in a directory")?;
    let unfinished = path.with_extension(format!("{}.tmp", std::process::id()));
    fs::write(&unfinished, component.serialize()?)?;
    fs::rename(&unfinished, path)?;
    remove_oldest(directory)
}

fn remove_oldest(directory: &Path) -> Result<()> {
    let mut entries: Vec<(std::time::SystemTime, PathBuf)> = fs::read_dir(directory)?
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let path = entry.path();
            let compiled = path
                .extension()
                .is_some_and(|extension| extension == "cwasm");
            compiled.then(|| Some((entry.metadata().ok()?.modified().ok()?, path)))?
        })
        .collect();
    entries.sort();
    let excess = entries.len().saturating_sub(CACHE_ENTRIES_MAX);
    for (_, path) in &entries[..excess] {
        // Another runner may have removed them first.
        _ = fs::remove_file(path);
        _ = fs::remove_file(path.with_extension("lock"));
    }
    Ok(())
}
