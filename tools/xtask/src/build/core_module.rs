//! The program inside a component: its largest core module. The others, of a few hundred bytes, are
//! made by the linker.

use std::ops::Range;

use anyhow::{Context, Result, ensure};
use wasm_encoder::{Component, RawSection};
use wasmparser::{Parser, Payload};

/// The custom section with the names of a component's parts (component model, binary format).
const NAMES_SECTION: &str = "component-name";

/// Where the program is.
///
/// # Errors
/// When this is no component, or one without a program.
pub(super) fn find(component: &[u8]) -> Result<Range<usize>> {
    let mut program: Option<Range<usize>> = None;
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(component) {
        match payload? {
            Payload::ModuleSection {
                unchecked_range, ..
            } => {
                let most = program.as_ref().map_or(0, ExactSizeIterator::len);
                if depth == 0 && unchecked_range.len() > most {
                    program = Some(unchecked_range);
                }
                depth += 1;
            }
            Payload::ComponentSection { .. } => depth += 1,
            // Of a nested module or component; after that of the whole file nothing follows.
            Payload::End(_) => depth -= 1,
            _ => {}
        }
    }
    program.context("a component has a program")
}

/// The component with another program at this place, and without the names of its parts, which are
/// for those who read a component as text: 9 KiB of the storefront.
///
/// # Errors
/// When no program is there.
pub(super) fn replace(component: &[u8], place: Range<usize>, program: &[u8]) -> Result<Vec<u8>> {
    let mut replaced = Component::new();
    let mut is_replaced = false;
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(component) {
        let payload = payload?;
        if depth == 0
            && let Some((id, range)) = payload.as_section()
            && !holds_names(&payload)
        {
            let data = match range == place {
                true => program,
                false => &component[range.clone()],
            };
            is_replaced |= range == place;
            replaced.section(&RawSection { id, data });
        }
        match payload {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            _ => {}
        }
    }
    ensure!(is_replaced, "no section of the component is at this place");
    Ok(replaced.finish())
}

/// Whether this section only names parts of the component.
fn holds_names(payload: &Payload<'_>) -> bool {
    match payload {
        Payload::CustomSection(section) => section.name() == NAMES_SECTION,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_encoder::{
        CodeSection, ComponentNameSection, Function, FunctionSection, Module, ModuleSection,
        NestedComponentSection, TypeSection,
    };
    use wasmparser::Validator;

    /// A module with one function of so many instructions.
    fn module(instructions: usize) -> Module {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let mut functions = FunctionSection::new();
        functions.function(0);
        let mut body = Function::new([]);
        for _ in 0..instructions {
            body.instructions().nop();
        }
        body.instructions().end();
        let mut code = CodeSection::new();
        code.function(&body);
        let mut module = Module::new();
        module.section(&types).section(&functions).section(&code);
        module
    }

    /// A component with a small module, a large one, and one with a larger one in it.
    fn component(large: usize) -> Vec<u8> {
        let mut inner = Component::new();
        inner.section(&ModuleSection(&module(100_000)));
        let mut component = Component::new();
        component
            .section(&ModuleSection(&module(3)))
            .section(&ModuleSection(&module(large)))
            .section(&NestedComponentSection(&inner))
            .section(&ModuleSection(&module(5)));
        component.finish()
    }

    #[test]
    fn the_program_is_the_largest_module_and_can_be_replaced() {
        let before = component(20_000);
        let place = find(&before).unwrap();
        assert_eq!(before[place.clone()], module(20_000).finish());
        let after = replace(&before, place, &module(90).finish()).unwrap();
        assert_eq!(after, component(90));
        Validator::new().validate_all(&after).unwrap();
    }

    #[test]
    fn the_names_of_parts_are_left_out_and_those_inside_a_part_stay() {
        let mut names = ComponentNameSection::new();
        names.component("storefront");
        let mut inner = Component::new();
        inner.section(&names);
        let without_names = |component: &mut Component| {
            component
                .section(&ModuleSection(&module(90)))
                .section(&NestedComponentSection(&inner));
        };
        let (mut before, mut after) = (Component::new(), Component::new());
        without_names(&mut before);
        before.section(&names);
        without_names(&mut after);
        let before = before.finish();
        let place = find(&before).unwrap();
        let same = module(90).finish();
        assert_eq!(replace(&before, place, &same).unwrap(), after.finish());
    }

    #[test]
    fn a_file_without_a_program_and_a_wrong_place_are_errors() {
        assert!(find(b"no component").is_err());
        assert!(find(&Component::new().finish()).is_err());
        let component = component(7);
        let place = find(&component).unwrap();
        assert!(replace(&component, place.start + 1..place.end, &[]).is_err());
        assert!(replace(&component, 0..1, &[]).is_err());
    }
}
