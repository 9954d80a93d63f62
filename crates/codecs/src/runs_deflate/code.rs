//! Prefix codes of limited length, in the canonical form of deflate.

/// Lengths of a prefix code for symbols of these counts, none above `limit`; symbols that do not occur get 0.
///
/// Huffman's code; lengths above the limit are cut and the shortest codes made longer until Kraft's sum is 1 again.
pub(super) fn lengths(counts: &[u32], limit: u32, out: &mut [u8]) {
    out.fill(0);
    let mut used: Vec<(u32, u16)> =
        counts.iter().enumerate().filter(|(_, count)| **count > 0).map(|(symbol, &count)| (count, symbol as u16)).collect();
    match used.as_slice() {
        [] => return,
        [(_, symbol)] => {
            out[usize::from(*symbol)] = 1;
            return;
        }
        _ => {}
    }
    used.sort_unstable();
    let depths = depths(&used);
    // How many codes have each length.
    let mut number = vec![0_u32; limit as usize + 1];
    for depth in depths {
        number[depth.min(limit) as usize] += 1;
    }
    let kraft = |number: &[u32]| number.iter().enumerate().skip(1).map(|(length, n)| n << (limit - length as u32)).sum::<u32>();
    // Each step takes a code of the longest length that is not the limit and puts it, with one from the limit, a level deeper.
    while kraft(&number) > 1 << limit {
        let length =
            (1..limit as usize).rev().find(|&length| number[length] > 0).expect("invariant: too many codes at the limit");
        number[length] -= 1;
        number[length + 1] += 2;
        number[limit as usize] -= 1;
    }
    // The rarest symbols get the longest codes.
    let mut longest = limit as usize;
    for (_, symbol) in used {
        while number[longest] == 0 {
            longest -= 1;
        }
        number[longest] -= 1;
        out[usize::from(symbol)] = longest as u8;
    }
}

/// Depths of Huffman's tree over counts that do not fall, by two queues.
fn depths(counts: &[(u32, u16)]) -> Vec<u32> {
    let leaves = counts.len();
    let mut weight: Vec<u64> = counts.iter().map(|&(count, _)| u64::from(count)).collect();
    let mut parent = vec![0_usize; 2 * leaves - 1];
    let (mut leaf, mut inner) = (0, leaves);
    for made in leaves..2 * leaves - 1 {
        let mut sum = 0;
        for _ in 0..2 {
            let take_leaf = leaf < leaves && (inner >= made || weight[leaf] <= weight[inner]);
            let child = if take_leaf { &mut leaf } else { &mut inner };
            sum += weight[*child];
            parent[*child] = made;
            *child += 1;
        }
        weight.push(sum);
    }
    let mut depth = vec![0_u32; 2 * leaves - 1];
    for node in (0..2 * leaves - 2).rev() {
        depth[node] = depth[parent[node]] + 1;
    }
    depth.truncate(leaves);
    depth
}

/// Codes of these lengths with their bits in the order of writing: code in the low 16 bits, length above.
pub(super) fn codes(lengths: &[u8], out: &mut [u32]) {
    let mut number = [0_u32; 16];
    for &length in lengths {
        number[usize::from(length)] += 1;
    }
    number[0] = 0;
    let mut next = [0_u32; 16];
    for length in 1..16 {
        next[length] = (next[length - 1] + number[length - 1]) << 1;
    }
    for (&length, out) in lengths.iter().zip(out) {
        *out = 0;
        if length > 0 {
            let code = &mut next[usize::from(length)];
            *out = (*code as u16).reverse_bits() as u32 >> (16 - length) | u32::from(length) << 16;
            *code += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn codes_are_complete_and_never_longer_than_the_limit(
            counts in proptest::collection::vec(prop_oneof![Just(0_u32), 1_u32..10, 1_u32..1_000_000], 2..286),
            limit in 9_u32..15,
        ) {
            let mut out = vec![0; counts.len()];
            lengths(&counts, limit, &mut out);
            let used = counts.iter().filter(|count| **count > 0).count();
            let sum: u32 = out.iter().filter(|length| **length > 0).map(|&length| 1 << (limit - u32::from(length))).sum();
            prop_assert!(out.iter().all(|&length| u32::from(length) <= limit));
            prop_assert!(out.iter().zip(&counts).all(|(length, count)| (*length > 0) == (*count > 0)));
            if used > 1 {
                prop_assert_eq!(sum, 1 << limit);
            }
            // A symbol that is more frequent has no longer code.
            for (a, m) in counts.iter().zip(&out) {
                for (b, n) in counts.iter().zip(&out) {
                    prop_assert!(*a == 0 || a >= b || m >= n);
                }
            }
        }
    }

    #[test]
    fn lengths_are_those_of_huffman() {
        // D. A. Huffman, Proc. IRE 40 (1952) 1098, table I, in hundredths
        let counts = [20, 18, 10, 10, 10, 6, 6, 4, 4, 4, 4, 3, 1];
        let mut out = [0; 13];
        lengths(&counts, 15, &mut out);
        let bits: u32 = out.iter().zip(&counts).map(|(&length, count)| u32::from(length) * count).sum();
        assert_eq!(bits, 342);
    }
}
