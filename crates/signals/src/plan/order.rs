//! Which nodes outputs need, each after what it needs itself.

use crate::chain::Word;
use crate::language::{Language, Prepared, dependencies};

/// Nodes that are needed, in an order in which they can be made.
pub(super) struct Needed<'a> {
    pub(super) nodes: Vec<(usize, Prepared<'a>)>,
    /// Nodes whose texts cannot be read, or that need themselves.
    pub(super) failed: Vec<usize>,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    Open,
    Done,
}

/// Finds the nodes that outputs need. What cannot be read and circles are reported.
pub(super) fn needed<'a>(language: &mut Language<'a>, outputs: &[Word]) -> Needed<'a> {
    let chain = language.chain;
    let count = chain.nodes().len();
    let mut makers = std::collections::BTreeMap::new();
    for (position, node) in chain.nodes().iter().enumerate() {
        for name in node.names.iter().filter(|name| !name.text.is_empty()) {
            makers.insert(name.text.as_str(), position);
        }
    }
    let mut prepared: Vec<Option<Prepared<'a>>> = (0..count).map(|_| None).collect();
    let mut state = vec![State::New; count];
    let mut needed = Needed { nodes: Vec::new(), failed: Vec::new() };
    for output in outputs {
        let Some(&root) = makers.get(output.text.as_str()) else { continue };
        // Nodes whose needs are being looked at, with how many were.
        let mut path: Vec<(usize, usize)> = Vec::new();
        if state[root] == State::New {
            path.push((root, 0));
            state[root] = State::Open;
            prepared[root] = dependencies(language, root);
        }
        while let Some((position, at)) = path.last_mut() {
            let position = *position;
            let need = prepared[position].as_ref().and_then(|node| node.needs.get(*at)).cloned();
            *at += 1;
            let Some((name, place)) = need else {
                path.pop();
                state[position] = State::Done;
                match prepared[position].take() {
                    Some(node) => needed.nodes.push((position, node)),
                    None => {
                        needed.failed.push(position);
                        language.fail(position);
                    }
                }
                continue;
            };
            let Some(&next) = makers.get(name.as_str()) else { continue };
            if next == position {
                continue;
            }
            match state[next] {
                State::New => {
                    state[next] = State::Open;
                    prepared[next] = dependencies(language, next);
                    path.push((next, 0));
                }
                State::Open => {
                    let from = path.iter().position(|(open, _)| *open == next).unwrap_or(0);
                    let names: Vec<String> = path[from..].iter().map(|(open, _)| chain.nodes()[*open].shown()).collect();
                    let message = format!("these nodes need each other: {} → {}", names.join(" → "), names[0]);
                    language.wrong("circle", message, place);
                    prepared[position] = None;
                }
                State::Done => {}
            }
        }
    }
    needed
}
