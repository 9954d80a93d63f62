//! A tree as text in one spelling: single blanks, `and` for `&&`, brackets as written.

use super::tree::{Literal, Syntax, SyntaxId, Tree, Unary, Word};
use std::fmt::Write as _;

/// The normalised text of a node.
pub(crate) fn print(tree: &Tree, id: SyntaxId) -> String {
    let mut out = String::new();
    write(tree, id, &mut out);
    out
}

fn list(tree: &Tree, ids: &[SyntaxId], keywords: &[(Word, SyntaxId)], out: &mut String) {
    for (k, id) in ids.iter().enumerate() {
        out.push_str(if k > 0 { ", " } else { "" });
        write(tree, *id, out);
    }
    for (k, (name, id)) in keywords.iter().enumerate() {
        out.push_str(if k + ids.len() > 0 { ", " } else { "" });
        let _ = write!(out, "{}=", name.text);
        write(tree, *id, out);
    }
}

fn write(tree: &Tree, id: SyntaxId, out: &mut String) {
    match tree.get(id) {
        Syntax::Number { value, unit } => {
            let _ = match value {
                Literal::Int(value) => write!(out, "{value}"),
                Literal::Float(value) => write!(out, "{value:?}"),
            };
            if let Some(unit) = unit {
                let _ = write!(out, " {unit}");
            }
        }
        Syntax::Text(text) => {
            let quote = if text.contains('\'') { '"' } else { '\'' };
            let _ = write!(out, "{quote}{text}{quote}");
        }
        Syntax::Name(name) => out.push_str(name),
        Syntax::Bracket(of) => {
            out.push('(');
            write(tree, *of, out);
            out.push(')');
        }
        Syntax::Unary { op, of } => {
            out.push_str(match op {
                Unary::Negate => "-",
                Unary::Plus => "+",
                Unary::Not => "not ",
                Unary::BitNot => "~",
            });
            write(tree, *of, out);
        }
        Syntax::Binary { .. } => {
            // Chains from the left can be long: walked in a loop.
            let mut chain = Vec::new();
            let mut first = id;
            while let Syntax::Binary { op, left, right, .. } = tree.get(first) {
                chain.push((*op, *right));
                first = *left;
            }
            write(tree, first, out);
            for (op, right) in chain.into_iter().rev() {
                let _ = write!(out, " {} ", op.symbol());
                write(tree, right, out);
            }
        }
        Syntax::Compare { parts, ops } => {
            write(tree, parts[0], out);
            for ((op, _), part) in ops.iter().zip(&parts[1..]) {
                let _ = write!(out, " {} ", op.symbol());
                write(tree, *part, out);
            }
        }
        Syntax::In { value, choices } => {
            write(tree, *value, out);
            out.push_str(" in (");
            list(tree, choices, &[], out);
            out.push(')');
        }
        Syntax::IsNull(of) => {
            write(tree, *of, out);
            out.push_str(" is null");
        }
        Syntax::Choose { condition, then, otherwise } => {
            write(tree, *then, out);
            out.push_str(" if ");
            write(tree, *condition, out);
            out.push_str(" else ");
            write(tree, *otherwise, out);
        }
        Syntax::Field { of, name } => {
            write(tree, *of, out);
            let _ = write!(out, ".{}", name.text);
        }
        Syntax::Subscript { of, index } => {
            write(tree, *of, out);
            out.push('[');
            write(tree, *index, out);
            out.push(']');
        }
        Syntax::Slice { of, low, high, step } => {
            write(tree, *of, out);
            out.push('[');
            if let Some(low) = low {
                write(tree, *low, out);
            }
            out.push(':');
            if let Some(high) = high {
                write(tree, *high, out);
            }
            if let Some(step) = step {
                out.push(':');
                write(tree, *step, out);
            }
            out.push(']');
        }
        Syntax::List(items) => {
            out.push('[');
            list(tree, items, &[], out);
            out.push(']');
        }
        Syntax::Tuple(items) => {
            out.push('(');
            list(tree, items, &[], out);
            out.push(')');
        }
        Syntax::As { of, names } => {
            write(tree, *of, out);
            let names: Vec<_> = names.iter().map(|name| name.text.as_str()).collect();
            let _ = write!(out, " as ({})", names.join(", "));
        }
        Syntax::Call { name, args, keywords } => {
            let _ = write!(out, "{}(", name.text);
            list(tree, args, keywords, out);
            out.push(')');
        }
        Syntax::Method { of, name, args, keywords } => {
            write(tree, *of, out);
            let _ = write!(out, ".{}(", name.text);
            list(tree, args, keywords, out);
            out.push(')');
        }
        Syntax::Hole => out.push('…'),
    }
}
