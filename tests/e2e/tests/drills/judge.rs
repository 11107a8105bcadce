//! The Chaos Toolkit and its client of Toxiproxy beside our runner and our proxy: they read the drills,
//! say the same of an experiment, and drive the proxy.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use souk_drill::{Environment, Experiment, Variables, run};
use souk_e2e::stage::path_with_programs;
use souk_e2e::{Client, tools};
use souk_fault_proxy::server::Server;
use tempfile::TempDir;
use tokio::process::Command;

/// A program of the judge with the environment of an experiment; what it prints.
async fn chaos(
    folder: &Path,
    arguments: &[&str],
    environment: &Environment,
) -> Result<(bool, String)> {
    let output = Command::new(tools::chaos_python()?)
        .args(["-m", "chaostoolkit"])
        .args([
            "--no-version-check",
            "--no-log-file",
            "--settings",
            "none.yaml",
        ])
        .args(arguments)
        .current_dir(folder)
        .envs(environment.set())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .kill_on_drop(true)
        .output()
        .await?;
    let text = [output.stdout, output.stderr].concat();
    Ok((
        output.status.success(),
        String::from_utf8_lossy(&text).into_owned(),
    ))
}

/// The journal of the judge.
async fn journal(folder: &Path, text: &str, environment: &Environment) -> Result<Value> {
    fs::write(folder.join("experiment.json"), text)?;
    let arguments = [
        "run",
        "--rollback-strategy",
        "always",
        "--journal-path",
        "j.json",
        "experiment.json",
    ];
    let (_, printed) = chaos(folder, &arguments, environment).await?;
    let journal = fs::read(folder.join("j.json")).with_context(|| printed.clone())?;
    serde_json::from_slice(&journal).context(printed)
}

/// Every name that a drill reads, with a value.
fn all_variables() -> Result<Environment> {
    let names = [
        "SOUK_SHOP",
        "SOUK_DRILL_STAGE",
        "SOUK_DRILL_FAULTS",
        "SOUK_DRILL_REPORTS",
        "SOUK_DRILL_BEGAN",
    ];
    let environment = Environment::default().with("PATH", path_with_programs()?);
    Ok(names
        .iter()
        .fold(environment, |all, name| all.with(name, "x")))
}

#[tokio::test]
async fn the_chaos_toolkit_reads_every_drill() -> Result<()> {
    let environment = all_variables()?;
    let mut drills = 0;
    for entry in fs::read_dir(tools::drills())? {
        let path = entry?.path();
        let name = path.to_str().context("a path")?;
        let (is_valid, printed) =
            chaos(&std::env::temp_dir(), &["validate", name], &environment).await?;
        ensure!(is_valid, "{name}: {printed}");
        drills += 1;
    }
    ensure!(drills >= 4, "{drills} drills");
    // It is not content with everything.
    let folder = TempDir::new()?;
    fs::write(
        folder.path().join("bad.json"),
        r#"{"title":"t","method":[]}"#,
    )?;
    let (is_valid, printed) = chaos(folder.path(), &["validate", "bad.json"], &environment).await?;
    ensure!(!is_valid, "{printed}");
    Ok(())
}

/// A probe by the shell, with its tolerance.
fn probe(line: &str, tolerance: Value) -> Value {
    json!({"type": "probe", "name": "a probe", "tolerance": tolerance, "provider":
        {"type": "process", "path": "sh", "arguments": ["-c", line], "timeout": 1}})
}

fn step(line: &str) -> Value {
    json!({"type": "action", "name": "a step", "provider":
        {"type": "process", "path": "sh", "arguments": ["-c", line]}})
}

#[tokio::test]
async fn both_runners_say_the_same_of_an_experiment() -> Result<()> {
    let server = Server::start(0, 1).await?;
    let api = format!("http://{}", server.address());
    let version = json!({"type": "probe", "name": "the version", "tolerance": 200,
        "provider": {"type": "http", "url": "${api}/version", "timeout": 2}});
    let missing = json!({"type": "probe", "name": "no proxy", "tolerance": [404, 410],
        "provider": {"type": "http", "url": "${api}/proxies/none"}});
    let none_answers = json!({"type": "probe", "name": "nothing", "tolerance": 200,
        "provider": {"type": "http", "url": "http://127.0.0.1:1/", "timeout": 1}});
    let regex = json!({"type": "regex", "target": "stdout", "pattern": "^${word}$"});
    let range = json!({"type": "range", "target": "stdout", "range": [1, 3]});
    let mut background = step("touch made");
    background["background"] = true.into();
    background["pauses"] = json!({"after": 0.2});
    type Case<'a> = (&'a str, Vec<Value>, Vec<Value>);
    let cases: [Case<'_>; 10] = [
        ("holds", vec![version, missing], vec![step("true")]),
        (
            "deviates",
            vec![probe("test ! -e made", json!(0))],
            vec![step("touch made")],
        ),
        (
            "by a step in the background",
            vec![probe("test ! -e made", json!(0))],
            vec![background],
        ),
        (
            "not before",
            vec![probe("exit 3", json!(0))],
            vec![step("touch made")],
        ),
        (
            "a status of several",
            vec![probe("exit 3", json!([0, 3]))],
            vec![step("exit 7")],
        ),
        ("no answer before", vec![none_answers], vec![]),
        (
            "too slow after",
            vec![probe("test ! -e made || sleep 9", json!(0))],
            vec![step("touch made")],
        ),
        (
            "a pattern",
            vec![probe("printf hello", regex.clone())],
            vec![json!({"ref": "a probe"})],
        ),
        ("not the pattern", vec![probe("printf hell", regex)], vec![]),
        (
            "a range",
            vec![probe("cat number 2>/dev/null || echo 2", range)],
            vec![step("echo 9 > number")],
        ),
    ];
    for (what, probes, method) in cases {
        let text = json!({
            "title": what, "description": "d",
            "configuration": {"api": {"type": "env", "key": "API"}, "word": "hello"},
            "steady-state-hypothesis": {"title": "h", "probes": probes},
            "method": method, "rollbacks": [step("touch rolled-back")],
        });
        let text = text.to_string();
        let theirs = TempDir::new()?;
        let environment = Environment::default().with("API", &api);
        let judged = journal(theirs.path(), &text, &environment).await?;
        // Ours works in a folder of its own, too: every line goes there first.
        let ours = TempDir::new()?;
        let line = format!("cd {} && ", ours.path().display());
        let text = text.replace(r#"["-c",""#, &format!(r#"["-c","{line}"#));
        let experiment = Experiment::parse(&text, &environment)?;
        let variables = Variables::of(&experiment, &environment)?;
        let found = run(&experiment, &variables, &mut |_: &str| {}).await;
        let found = serde_json::to_value(&found)?;
        for path in [
            "/status",
            "/deviated",
            "/steady_states/before/steady_state_met",
            "/steady_states/after/steady_state_met",
        ] {
            let [found, judged] = [&found, &judged].map(|journal| journal.pointer(path));
            ensure!(
                found == judged,
                "{what}: {path} is {found:?}, not {judged:?}"
            );
        }
        let statuses = |journal: &Value, of: &str| {
            let runs = journal[of].as_array().cloned().unwrap_or_default();
            runs.iter()
                .map(|run| run["status"].clone())
                .collect::<Vec<_>>()
        };
        for of in ["run", "rollbacks"] {
            let [found, judged] = [&found, &judged].map(|journal| statuses(journal, of));
            ensure!(found == judged, "{what}: {of} is {found:?}, not {judged:?}");
        }
        ensure!(ours.path().join("rolled-back").exists(), "{what}");
        println!("{what}: {} {}", found["status"], found["deviated"]);
    }
    Ok(())
}

/// Calls of the client, and the name of the toxic that each is about.
fn calls(upstream: &str) -> Vec<(&'static str, &'static str, Value)> {
    let [proxies, toxics] = ["chaostoxi.proxy.actions", "chaostoxi.toxic.actions"];
    let port = upstream.rsplit(':').next().unwrap_or_default();
    let on = |name: &str, more: Value| {
        let mut arguments = json!({"for_proxy": "shop", "toxic_name": name});
        for (key, value) in more.as_object().into_iter().flatten() {
            arguments[key] = value.clone();
        }
        arguments
    };
    vec![
        (
            proxies,
            "create_proxy",
            json!({"proxy_name": "shop", "upstream_host": "127.0.0.1",
            "upstream_port": port, "listen_host": "127.0.0.1"}),
        ),
        (
            toxics,
            "create_latency_toxic",
            on("slow", json!({"latency": 5, "jitter": 1})),
        ),
        (
            toxics,
            "create_bandwith_degradation_toxic",
            on("narrow", json!({"rate": 10})),
        ),
        (
            toxics,
            "create_slow_connection_close_toxic",
            on("lingers", json!({"delay": 5})),
        ),
        (
            toxics,
            "create_timeout_toxic",
            on("silent", json!({"timeout": 5})),
        ),
        (
            toxics,
            "create_slicer_toxic",
            on(
                "sliced",
                json!({"average_size": 9, "size_variation": 2, "delay": 1}),
            ),
        ),
        (
            toxics,
            "create_limiter_toxic",
            on("cut", json!({"bytes_limit": 9})),
        ),
        (
            toxics,
            "create_toxic",
            on(
                "resets",
                json!({"toxic_type": "reset_peer", "stream": "upstream",
            "toxicity": 0.5, "attributes": {"timeout": 1}}),
            ),
        ),
        (toxics, "delete_toxic", on("cut", json!({}))),
        (proxies, "disable_proxy", json!({"proxy_name": "shop"})),
    ]
}

#[tokio::test]
async fn the_public_client_of_toxiproxy_drives_the_proxy() -> Result<()> {
    let (server, target) = (Server::start(0, 1).await?, Server::start(0, 1).await?);
    let target = target.address().to_string();
    let step = |(module, function, arguments): (&str, &str, Value)| {
        json!({"type": "action", "name": function, "provider": {"type": "python", "module": module,
            "func": function, "arguments": arguments}})
    };
    let probe = |function: &str, arguments: Value| {
        json!({"type": "probe", "name": function, "provider": {"type": "python",
            "module": "chaostoxi.proxy.probes", "func": function, "arguments": arguments}})
    };
    let mut method: Vec<_> = calls(&target).into_iter().map(step).collect();
    let enabled = json!({"proxy_name": "shop", "attribute": "enabled"});
    method.push(probe("get_proxy_attribute", enabled.clone()));
    method.push(probe("proxy_exist", json!({"proxy_name": "none"})));
    let text = json!({
        "title": "the client", "description": "d",
        "configuration": {"toxiproxy_url": format!("http://{}", server.address())},
        "method": method,
    });
    let folder = TempDir::new()?;
    let judged = journal(folder.path(), &text.to_string(), &Environment::default()).await?;
    let runs = judged["run"].as_array().context("runs")?;
    for run in runs {
        ensure!(
            run["status"] == "succeeded",
            "{}: {run}",
            run["activity"]["name"]
        );
    }
    let [.., enabled, exists] = runs.as_slice() else {
        anyhow::bail!("{runs:?}");
    };
    ensure!(
        enabled["output"] == false && exists["output"] == false,
        "{runs:?}"
    );
    let client = Client::new(format!("http://{}", server.address()));
    let proxy: Value = client.get("/proxies/shop").await?.json()?;
    let toxics = proxy["toxics"].as_array().context("toxics")?;
    let kinds = [
        "latency",
        "bandwidth",
        "slow_close",
        "timeout",
        "slicer",
        "reset_peer",
    ];
    let found: Vec<_> = toxics.iter().map(|toxic| toxic["type"].clone()).collect();
    ensure!(found == kinds, "{proxy}");
    ensure!(
        toxics[5]["toxicity"] == 0.5 && toxics[5]["stream"] == "upstream",
        "{proxy}"
    );

    let back = json!({
        "title": "back", "description": "d",
        "configuration": {"toxiproxy_url": format!("http://{}", server.address())},
        "method": [step(("chaostoxi.proxy.actions", "reset", json!({})))],
    });
    journal(folder.path(), &back.to_string(), &Environment::default()).await?;
    let proxy: Value = client.get("/proxies/shop").await?.json()?;
    ensure!(
        proxy["enabled"] == true && proxy["toxics"] == json!([]),
        "{proxy}"
    );
    Ok(())
}
