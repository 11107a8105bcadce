//! Application variables: declared in the manifest, given on the command line or by the
//! environment, read by components through templates such as `"https://{{ host }}/"`.
//!
//! All are resolved once at start: a missing required variable stops the start, not a request.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};

use wasmtime::component::Accessor;

use crate::bindings::spin::variables::variables::{Error, Host, HostWithStore};
use crate::guest::{Guest, SpinHost};
use crate::manifest::VariableDeclaration;

/// Prefix of the environment variables that give values, as in Spin: `SPIN_VARIABLE_NAME`.
const ENVIRONMENT_PREFIX: &str = "SPIN_VARIABLE_";

/// The resolved value of every application variable, by name.
#[derive(Clone, Debug, Default)]
pub struct Variables {
    values: BTreeMap<String, String>,
}

impl Variables {
    /// Resolves every declared variable: command line, then environment, then the default.
    ///
    /// # Errors
    /// When a name is invalid, a value is given for an undeclared variable, or a required one has
    /// no value.
    pub fn resolve(
        declarations: &BTreeMap<String, VariableDeclaration>,
        given: &BTreeMap<String, String>,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self> {
        if let Some(unknown) = given.keys().find(|name| !declarations.contains_key(*name)) {
            bail!(
                "--variable {unknown}=… is given, but [variables] of the manifest has no such name"
            );
        }
        let mut values = BTreeMap::new();
        for (name, declaration) in declarations {
            validate_name(name)?;
            let environment_name = format!("{ENVIRONMENT_PREFIX}{}", name.to_ascii_uppercase());
            let value = given
                .get(name)
                .cloned()
                .or_else(|| environment(&environment_name))
                .or_else(|| declaration.default.clone());
            let Some(value) = value else {
                bail!(
                    "variable `{name}` is required: give --variable {name}=… or {environment_name}"
                );
            };
            values.insert(name.clone(), value);
        }
        Ok(Self { values })
    }

    /// Replaces every `{{ name }}` of a template.
    ///
    /// # Errors
    /// When braces are unmatched or a name is not declared.
    pub fn expand(&self, template: &str) -> Result<String> {
        let mut expanded = String::with_capacity(template.len());
        let mut rest = template;
        while let Some(start) = rest.find("{{") {
            expanded.push_str(&rest[..start]);
            let expression = &rest[start + 2..];
            let end = expression
                .find("}}")
                .with_context(|| format!("unmatched `{{{{` in template `{template}`"))?;
            let name = expression[..end].trim();
            let value = self.values.get(name).with_context(|| {
                format!("template `{template}` names the unknown variable `{name}`")
            })?;
            expanded.push_str(value);
            rest = &expression[end + 2..];
        }
        expanded.push_str(rest);
        Ok(expanded)
    }
}

/// Checks a variable name by Spin's rule: lower-case words of letters and digits, joined by single
/// underscores, the first character a letter.
///
/// # Errors
/// A sentence that names the variable.
pub fn validate_name(name: &str) -> Result<()> {
    let starts_with_letter = name.starts_with(|first: char| first.is_ascii_lowercase());
    let words_are_valid = name.split('_').all(|word| {
        !word.is_empty()
            && word
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    });
    if starts_with_letter && words_are_valid {
        return Ok(());
    }
    bail!("`{name}` is no variable name: use lower-case letters, digits and single underscores")
}

impl Host for Guest {}

impl<T: Send> HostWithStore<T> for SpinHost {
    async fn get(
        accessor: &Accessor<T, Self>,
        name: String,
    ) -> wasmtime::Result<Result<String, Error>> {
        if let Err(error) = validate_name(&name) {
            return Ok(Err(Error::InvalidName(error.to_string())));
        }
        accessor.with(|mut access| {
            let component = &access.get().component;
            let value = component.variables.get(&name).cloned();
            Ok(value.ok_or_else(|| Error::Undefined(format!("{}.{name}", component.name))))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(name: &str, default: Option<&str>) -> BTreeMap<String, VariableDeclaration> {
        let declaration = VariableDeclaration {
            default: default.map(str::to_owned),
            ..Default::default()
        };
        BTreeMap::from([(name.to_owned(), declaration)])
    }

    fn given(name: &str, value: &str) -> BTreeMap<String, String> {
        BTreeMap::from([(name.to_owned(), value.to_owned())])
    }

    fn expand(variables: &Variables, template: &str) -> String {
        variables.expand(template).unwrap()
    }

    #[test]
    fn the_command_line_wins_over_the_environment_and_the_default() {
        let declarations = declared("host", Some("default"));
        let environment = |name: &str| (name == "SPIN_VARIABLE_HOST").then(|| "env".to_owned());
        let nothing = |_: &str| None;
        let all = Variables::resolve(&declarations, &given("host", "flag"), environment).unwrap();
        assert_eq!(expand(&all, "{{host}}"), "flag");
        let env = Variables::resolve(&declarations, &BTreeMap::new(), environment).unwrap();
        assert_eq!(expand(&env, "{{host}}"), "env");
        let default = Variables::resolve(&declarations, &BTreeMap::new(), nothing).unwrap();
        assert_eq!(expand(&default, "{{host}}"), "default");
    }

    #[test]
    fn a_required_variable_without_a_value_says_how_to_give_it() {
        let error = Variables::resolve(&declared("key", None), &BTreeMap::new(), |_| None);
        let message = error.unwrap_err().to_string();
        assert!(message.contains("--variable key="), "{message}");
        assert!(message.contains("SPIN_VARIABLE_KEY"), "{message}");
    }

    #[test]
    fn a_value_for_an_undeclared_variable_is_refused() {
        let error = Variables::resolve(&declared("a", Some("")), &given("b", "1"), |_| None);
        assert!(error.unwrap_err().to_string().contains("no such name"));
    }

    #[test]
    fn templates_expand_every_expression() {
        let variables =
            Variables::resolve(&declared("a", Some("1")), &BTreeMap::new(), |_| None).unwrap();
        for (template, expected) in [
            ("", ""),
            ("x", "x"),
            ("{{a}}", "1"),
            ("<{{ a }}|{{a}}>", "<1|1>"),
            ("}}", "}}"),
        ] {
            assert_eq!(expand(&variables, template), expected, "{template}");
        }
        assert!(
            variables
                .expand("{{ a")
                .unwrap_err()
                .to_string()
                .contains("unmatched")
        );
        assert!(
            variables
                .expand("{{ b }}")
                .unwrap_err()
                .to_string()
                .contains("unknown variable `b`")
        );
    }

    #[test]
    fn names_follow_the_rule_of_spin() {
        for name in ["a", "a_b", "a1_b2"] {
            assert!(validate_name(name).is_ok(), "{name}");
        }
        for name in ["", "A", "1a", "a__b", "_a", "a_", "a-b"] {
            assert!(validate_name(name).is_err(), "{name}");
        }
    }
}
