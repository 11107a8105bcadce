//! The order of a module's functions: similar ones stand beside each other.
//!
//! Platforms count and send scripts gzipped, and gzip finds repetitions within 32 KiB only. A program
//! in Rust has many functions that are nearly the same, such as instances of one generic function; far
//! from each other they are compressed twice.
//!
//! Starting from one function, the next one is always that which shares most with those just before
//! it. It is a guess at the best order, not the best order, and the same module gives the same one.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::ops::Range;

use anyhow::{Context, Result};
use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{CodeSection, FunctionSection, Module};
use wasmparser::{
    CodeSectionReader, CustomSectionReader, FunctionSectionReader, Parser, Payload, TypeRef,
};

/// Repetitions are counted in pieces of so many bytes.
const PIECE_BYTES: usize = 5;
/// Pieces that more functions have say nothing about a function.
const OWNERS_MAX: usize = 40;
/// How far back a function is compared: so many bytes of code, with its constants less than what gzip
/// looks back.
const LOOK_BACK_BYTES: usize = 24 * 1024;
/// How many functions that are at most.
const LOOK_BACK: usize = 100;
/// Added to the length of a function, so that a tiny one is no perfect match for everything.
const LENGTH_OFFSET: usize = 30;

/// The module with its functions in another order, and without what only debuggers read.
///
/// # Errors
/// When it is no module.
pub(super) fn put_in_order(module: &[u8]) -> Result<Vec<u8>> {
    let functions = Functions::read(module)?;
    let order = order(&functions.bodies);
    let mut places = vec![0; order.len()];
    for (place, &function) in (functions.imported..).zip(&order) {
        places[function] = place;
    }
    let mut encoder = Encoder {
        imported: functions.imported,
        order,
        places,
    };
    let mut reordered = Module::new();
    encoder
        .parse_core_module(&mut reordered, Parser::new(0), module)
        .context("the module cannot be written in another order")?;
    Ok(reordered.finish())
}

/// What a module has of functions.
struct Functions<'a> {
    imported: u32,
    bodies: Vec<&'a [u8]>,
}

impl<'a> Functions<'a> {
    fn read(module: &'a [u8]) -> Result<Self> {
        let mut functions = Functions {
            imported: 0,
            bodies: Vec::new(),
        };
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let is_function = matches!(import?.ty, TypeRef::Func(_));
                        functions.imported += u32::from(is_function);
                    }
                }
                Payload::CodeSectionEntry(body) => {
                    let Range { start, end } = body.range();
                    functions.bodies.push(&module[start..end]);
                }
                _ => {}
            }
        }
        Ok(functions)
    }
}

/// Writes a module with functions at other places.
struct Encoder {
    imported: u32,
    /// The functions in their new order, counted from the first one with a body.
    order: Vec<usize>,
    /// The new index of each of them.
    places: Vec<u32>,
}

impl Reencode for Encoder {
    type Error = Infallible;

    fn function_index(&mut self, index: u32) -> Result<u32, Error> {
        Ok(match index.checked_sub(self.imported) {
            Some(own) => self.places[own as usize],
            None => index,
        })
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader<'_>,
    ) -> Result<(), Error> {
        let types = section.into_iter().collect::<Result<Vec<_>, _>>()?;
        for &function in &self.order {
            functions.function(types[function]);
        }
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: CodeSectionReader<'_>,
    ) -> Result<(), Error> {
        let bodies = section.into_iter().collect::<Result<Vec<_>, _>>()?;
        for function in self.order.clone() {
            utils::parse_function_body(self, code, bodies[function].clone())?;
        }
        Ok(())
    }

    fn parse_custom_section(
        &mut self,
        _module: &mut Module,
        _section: CustomSectionReader<'_>,
    ) -> Result<(), Error> {
        Ok(())
    }
}

/// The order in which functions with these bodies repeat what stands shortly before.
fn order(bodies: &[&[u8]]) -> Vec<usize> {
    let pieces = Pieces::of(bodies);
    let mut order = Vec::with_capacity(bodies.len());
    let mut is_left = vec![true; bodies.len()];
    // How many of its pieces are in those that it would stand behind.
    let mut shared = vec![0_usize; bodies.len()];
    // How many of those before have a piece.
    let mut having = vec![0_usize; pieces.owners.len()];
    let mut before = VecDeque::new();
    let mut bytes_before = 0;
    let mut first_left = 0;
    for _ in bodies {
        while !is_left[first_left] {
            first_left += 1;
        }
        let next = best(bodies, &is_left, &shared).unwrap_or(first_left);
        is_left[next] = false;
        order.push(next);
        for &piece in &pieces.of[next] {
            having[piece] += 1;
            if having[piece] == 1 {
                for &owner in &pieces.owners[piece] {
                    shared[owner] += 1;
                }
            }
        }
        before.push_back(next);
        bytes_before += bodies[next].len();
        while before.len() > LOOK_BACK || (bytes_before > LOOK_BACK_BYTES && before.len() > 1) {
            let Some(far) = before.pop_front() else { break };
            bytes_before -= bodies[far].len();
            for &piece in &pieces.of[far] {
                having[piece] -= 1;
                if having[piece] == 0 {
                    for &owner in &pieces.owners[piece] {
                        shared[owner] -= 1;
                    }
                }
            }
        }
    }
    order
}

/// The function that shares most for its length; none where none shares anything that matters.
fn best(bodies: &[&[u8]], is_left: &[bool], shared: &[usize]) -> Option<usize> {
    // Shares are compared as fractions: one of a hundred is nothing that matters.
    let (mut best, mut most, mut length) = (None, 1, 100);
    for (function, &shared) in shared.iter().enumerate() {
        if shared == 0 || !is_left[function] {
            continue;
        }
        let own_length = bodies[function].len() + LENGTH_OFFSET;
        if shared * length > most * own_length {
            (best, most, length) = (Some(function), shared, own_length);
        }
    }
    best
}

/// Which functions have which pieces of code.
struct Pieces {
    /// For each function, its pieces that some others have too.
    of: Vec<Vec<usize>>,
    /// For each piece, the functions that have it.
    owners: Vec<Vec<usize>>,
}

impl Pieces {
    fn of(bodies: &[&[u8]]) -> Self {
        let mut all = Vec::new();
        for (function, body) in bodies.iter().enumerate() {
            let pieces = body.windows(PIECE_BYTES);
            all.extend(pieces.map(|piece| (piece, function)));
        }
        all.sort_unstable();
        all.dedup();
        let mut pieces = Pieces {
            of: vec![Vec::new(); bodies.len()],
            owners: Vec::new(),
        };
        for owners in all.chunk_by(|(one, _), (other, _)| one == other) {
            if !(2..=OWNERS_MAX).contains(&owners.len()) {
                continue;
            }
            let owners: Vec<_> = owners.iter().map(|&(_, function)| function).collect();
            for &owner in &owners {
                pieces.of[owner].push(pieces.owners.len());
            }
            pieces.owners.push(owners);
        }
        pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_encoder::{
        ConstExpr, ElementSection, Elements, EntityType, ExportKind, ExportSection, Function,
        ImportSection, RefType, TableSection, TableType, TypeSection,
    };
    use wasmparser::{Operator, Validator};

    /// Functions of each of two kinds.
    const OF_A_KIND: u32 = 8;

    /// A module with an imported function, and functions of two kinds in turns; each calls the import
    /// and the one before it, is exported by its number, and is in a table.
    fn module() -> Vec<u8> {
        let functions = 1..=2 * OF_A_KIND;
        let mut types = TypeSection::new();
        types.ty().function([], []);
        types.ty().function([], [wasm_encoder::ValType::I32]);
        let mut imports = ImportSection::new();
        imports.import("env", "log", EntityType::Function(0));
        let mut own = FunctionSection::new();
        let mut exports = ExportSection::new();
        let mut code = CodeSection::new();
        for function in functions.clone() {
            let kind = function % 2;
            own.function(kind);
            exports.export(&function.to_string(), ExportKind::Func, function);
            let mut body = Function::new([]);
            let mut instructions = body.instructions();
            for step in 0..20 {
                let value = i32::try_from(kind).unwrap() * 1_000_000 + step * 1_000;
                instructions.i32_const(value).drop();
            }
            instructions.call(0).call(function - 1);
            if (function - 1) % 2 == 1 {
                instructions.drop();
            }
            if kind == 1 {
                instructions.i32_const(i32::try_from(function).unwrap());
            }
            instructions.end();
            code.function(&body);
        }
        let mut tables = TableSection::new();
        tables.table(TableType {
            element_type: RefType::FUNCREF,
            table64: false,
            minimum: 100,
            maximum: None,
            shared: false,
        });
        let mut elements = ElementSection::new();
        let of_table: Vec<u32> = functions.collect();
        let of_table = Elements::Functions(of_table.into());
        elements.active(None, &ConstExpr::i32_const(0), of_table);
        let mut module = Module::new();
        module
            .section(&types)
            .section(&imports)
            .section(&own)
            .section(&tables)
            .section(&exports)
            .section(&elements)
            .section(&code);
        module.finish()
    }

    /// What refers to functions.
    struct References {
        exports: Vec<(String, u32)>,
        /// By the function that calls; the first one is the import, which calls none.
        calls: Vec<Vec<u32>>,
        table: Vec<u32>,
    }

    fn references(module: &[u8]) -> References {
        let (mut exports, mut calls, mut table) = (Vec::new(), vec![Vec::new()], Vec::new());
        for payload in Parser::new(0).parse_all(module) {
            match payload.unwrap() {
                Payload::ExportSection(section) => {
                    let found = section.into_iter().map(Result::unwrap);
                    exports.extend(found.map(|export| (export.name.to_owned(), export.index)));
                }
                Payload::ElementSection(section) => {
                    for element in section {
                        if let wasmparser::ElementItems::Functions(items) = element.unwrap().items {
                            table.extend(items.into_iter().map(Result::unwrap));
                        }
                    }
                }
                Payload::CodeSectionEntry(body) => {
                    let operators = body.get_operators_reader().unwrap().into_iter();
                    let called = operators.filter_map(|operator| match operator.unwrap() {
                        Operator::Call { function_index } => Some(function_index),
                        _ => None,
                    });
                    calls.push(called.collect());
                }
                _ => {}
            }
        }
        References {
            exports,
            calls,
            table,
        }
    }

    #[test]
    fn each_export_is_the_function_that_it_was_and_calls_those_that_it_called() {
        let before = module();
        Validator::new().validate_all(&before).unwrap();
        let after = put_in_order(&before).unwrap();
        Validator::new().validate_all(&after).unwrap();
        let References {
            exports,
            calls,
            table,
        } = references(&after);
        let index_of = |number: u32| match number {
            0 => 0,
            number => {
                exports
                    .iter()
                    .find(|(name, _)| *name == number.to_string())
                    .unwrap()
                    .1
            }
        };
        for number in 1..=2 * OF_A_KIND {
            let index = index_of(number);
            assert_eq!(calls[index as usize], [0, index_of(number - 1)], "{number}");
            assert_eq!(table[number as usize - 1], index, "{number}");
        }
        assert_eq!(put_in_order(&before).unwrap(), after);
    }

    #[test]
    fn similar_functions_stand_beside_each_other() {
        let after = put_in_order(&module()).unwrap();
        let mut exports = references(&after).exports;
        exports.sort_by_key(|&(_, index)| index);
        let kinds = exports
            .iter()
            .map(|(name, _)| name.parse::<u32>().unwrap() % 2);
        let kinds: Vec<_> = kinds.collect();
        let changes = kinds.windows(2).filter(|pair| pair[0] != pair[1]).count();
        assert_eq!(changes, 1, "{kinds:?}");
    }

    #[test]
    fn what_is_no_module_is_an_error() {
        assert!(put_in_order(b"no module").is_err());
    }
}
