//! A quote as a text in JSON.
//!
//! A cart of 100 lines has ten thousand allocations by a hundred promotions. In WASM a serializer of
//! structs takes longer for them than the engine for the prices, so their texts are put together here.
//! Everything else is as `serde_json` writes it, and so is the whole.

use std::mem;

use serde::Serialize;
use souk_protocol::quotes::{Adjustment, Allocation, Quote};

/// The text of a quote.
pub fn json(mut quote: Quote) -> Vec<u8> {
    let adjustments = mem::take(&mut quote.adjustments);
    let mut text = with_open_list(&quote);
    let allocations = adjustments.iter().map(|one| one.allocations.len());
    text.reserve(allocations.sum::<usize>() * ALLOCATION_BYTES);
    for (place, adjustment) in adjustments.into_iter().enumerate() {
        if place > 0 {
            text.push(b',');
        }
        put_adjustment(adjustment, &mut text);
    }
    text.extend_from_slice(b"]}");
    text
}

fn put_adjustment(mut adjustment: Adjustment, text: &mut Vec<u8>) {
    let allocations = mem::take(&mut adjustment.allocations);
    text.append(&mut with_open_list(&adjustment));
    let end = text.len();
    text.resize(end + allocations.len() * ALLOCATION_BYTES_MAX, 0);
    let mut room = Room { text, end };
    for (place, allocation) in allocations.iter().enumerate() {
        if place > 0 {
            room.put(b",");
        }
        room.put_allocation(allocation);
    }
    let end = room.end;
    text.truncate(end);
    text.extend_from_slice(b"]}");
}

/// The text of a value whose last member is an empty list, up to where the items of that come.
fn with_open_list<T: Serialize>(value: &T) -> Vec<u8> {
    let mut text = serde_json::to_vec(value).expect("plain structs become JSON");
    let end = text.len() - 2;
    debug_assert!(text.ends_with(b"[]}"), "the list is the last member");
    text.truncate(end);
    text
}

/// Bytes of most allocations with the comma, such as `{"line":12,"amount":345},`, and some more.
const ALLOCATION_BYTES: usize = 30;
/// Bytes of an allocation at most, with the comma before it: its names and marks, and two numbers of
/// 20 bytes.
const ALLOCATION_BYTES_MAX: usize = br#",{"line":,"delivery":true,"amount":}"#.len() + 2 * 20;

/// A text with room behind its end. What is put there has a fixed length, so that it takes no call.
struct Room<'a> {
    text: &'a mut [u8],
    end: usize,
}

impl Room<'_> {
    #[inline(always)]
    fn put<const N: usize>(&mut self, bytes: &[u8; N]) {
        let room = self.text.get_mut(self.end..);
        let room = room.and_then(<[u8]>::first_chunk_mut::<N>);
        *room.expect("there is room for all") = *bytes;
        self.end += N;
    }

    fn put_allocation(&mut self, allocation: &Allocation) {
        self.put(b"{");
        if let Some(line) = allocation.line {
            self.put(br#""line":"#);
            self.put_number(line as u64);
            self.put(b",");
        }
        if allocation.delivery {
            self.put(br#""delivery":true,"#);
        }
        self.put(br#""amount":"#);
        if allocation.amount < 0 {
            self.put(b"-");
        }
        self.put_number(allocation.amount.unsigned_abs());
        self.put(b"}");
    }

    fn put_number(&mut self, number: u64) {
        let (high, low) = (number / WORD, number % WORD);
        if high > 0 {
            self.put_number(high);
            self.put_digits(low, 8);
        } else {
            self.put_digits(low, 1);
        }
    }

    /// Eight digits at most, with as many zeros before them as make up `least`.
    fn put_digits(&mut self, number: u64, least: usize) {
        let mut rest = number as u32;
        // The last digit first, so the first one ends up in the lowest byte.
        let (mut digits, mut count) = (0_u64, 0);
        while count < least || rest > 0 {
            digits = digits << 8 | u64::from(b'0') | u64::from(rest % 10);
            count += 1;
            rest /= 10;
        }
        self.put(&digits.to_le_bytes());
        self.end -= 8 - count;
    }
}

/// Below this a number has eight digits at most, whose signs fit a word.
const WORD: u64 = 100_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBERS: [i64; 12] = [
        0,
        9,
        10,
        12_345_678,
        99_999_999,
        100_000_000,
        100_000_007,
        1 << 53,
        9_000_000_000_000_000,
        i64::MAX,
        -1,
        i64::MIN,
    ];

    fn adjustment(title: &str, allocations: Vec<Allocation>) -> Adjustment {
        Adjustment {
            promotion: "ten".to_owned(),
            title: title.to_owned(),
            allocations,
            ..Adjustment::default()
        }
    }

    fn check(adjustments: Vec<Adjustment>) {
        let quote = Quote {
            quote: Some("signed".to_owned()),
            market: "us".to_owned(),
            adjustments,
            ..Quote::default()
        };
        let expected = serde_json::to_string(&quote).unwrap();
        assert_eq!(String::from_utf8(json(quote)).unwrap(), expected);
    }

    #[test]
    fn the_text_is_what_a_serializer_writes() {
        let of_line = |(line, &amount)| Allocation {
            line: Some(line),
            delivery: false,
            amount,
        };
        let of_delivery = |&amount: &i64| Allocation {
            line: None,
            delivery: true,
            amount,
        };
        let lines: Vec<_> = NUMBERS.iter().enumerate().map(of_line).collect();
        let delivery: Vec<_> = NUMBERS.iter().map(of_delivery).collect();
        let longest = Allocation {
            line: Some(usize::MAX),
            delivery: true,
            amount: i64::MIN,
        };
        check(Vec::new());
        check(vec![adjustment("", Vec::new())]);
        check(vec![
            adjustment("\"Ten\" % off\n新年", lines),
            adjustment("[]}", delivery),
            adjustment("", vec![longest; 100]),
        ]);
    }
}
