//! Status records: a row for each card.
//!
//! ```text
//! frames   status i4, statustime 10·i4, cards i4, size i4, then `cards` frames of `size` bytes:
//! offset   size  meaning (u4 unless said)
//! 0        40    reqid, status, event number, pps, ticks, maxticks, numbers of: environment, cti links, links; not used
//! 40       16    errors: total, environment, cti, link
//! 56       20    other errors
//! 76       64    environment, i4: 5 mainboard temperatures (mC), 6 voltages (mV), current (mA), humidity (‰), daughter boards (mC)
//! 140      16    cti links
//! 156      1024  link states
//! ```

use super::tmio::{Message, i32_at};
use crate::daq::Rows;

/// Bytes of a card.
pub(super) const CARD_BYTES: usize = 1180;
/// More cards are in no crate.
pub(super) const MOST_CARDS: usize = 4096;
/// Sensors of the main board; those behind are of daughter boards.
const MAINBOARD: usize = 13;

/// Numbers by which cards are asked: the first master is 0, others 0x4000 …, triggers 0x1000 …, ADC cards 0x2000 ….
pub(crate) fn card_numbers(masters: i32, triggers: i32, adcs: i32) -> Vec<u32> {
    let count = |n: i32, from: u32| (0..n.max(0).cast_unsigned()).map(move |i| from + i);
    let masters = (masters > 0).then_some(0).into_iter().chain(count(masters - 1, 0x4000));
    masters.chain(count(triggers, 0x1000)).chain(count(adcs, 0x2000)).collect()
}

/// Number of the card in frame `4 + i`.
pub(super) fn card_number(message: &Message<'_>, i: usize) -> u32 {
    message.i32(4 + i, 0).cast_unsigned()
}

/// Cards of a record.
pub(super) fn cards(message: &Message<'_>) -> usize {
    message.frames.len().saturating_sub(4)
}

/// One row of [`super::columns::status`] for card `i`.
pub(super) fn push(rows: &mut Rows, packet_id: u32, message: &Message<'_>, i: usize) {
    let card = message.frame(4 + i);
    let word = |at: usize| i32_at(card, at).cast_unsigned();
    // Seconds and microseconds are joined as the peer does it, whose last bit they have.
    let time = |i: usize| f64::from(message.i32(1, i)) + f64::from(message.i32(1, i + 1)) * 1e-6;
    rows.push(0, packet_id);
    rows.push(1, u8::from(message.i32(0, 0) != 0));
    rows.push(2, time(0) as f32);
    rows.push(3, time(2));
    rows.push(4, f64::from(message.i32(1, 5)) + f64::from(message.i32(1, 6)) * 1e-6);
    rows.push(5, word(0));
    rows.push(6, word(8));
    rows.push(7, 1_000_000_000 * u64::from(word(12)) + 4 * u64::from(word(16)));
    for (column, at) in [(8, 40), (9, 44), (10, 48), (11, 52)] {
        rows.push(column, word(at));
    }
    // A card of an older kind may be shorter: what it has not is 0.
    let mut whole = [0; CARD_BYTES];
    whole[..card.len()].copy_from_slice(card);
    let sensors = &whole[76..140];
    rows.push_list(12, &whole[56..76]);
    rows.push_list(13, &sensors[..20]);
    rows.push_list(14, &sensors[20..44]);
    rows.push(15, i32_at(sensors, 44));
    rows.push(16, i32_at(sensors, 48));
    let [sensed, cti, links] = [24, 28, 32].map(|at| word(at) as usize);
    let daughters = sensed.clamp(MAINBOARD, 16) - MAINBOARD;
    rows.push_list(17, &sensors[52..52 + 4 * daughters]);
    rows.push_list(18, &whole[140..140 + 4 * cti.min(4)]);
    rows.push_list(19, &whole[156..156 + 4 * links.min(256)]);
    rows.end_row();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_are_numbered_by_kind() {
        assert_eq!(card_numbers(3, 1, 2), [0, 0x4000, 0x4001, 0x1000, 0x2000, 0x2001]);
        assert_eq!(card_numbers(0, 0, 1), [0x2000]);
    }
}
