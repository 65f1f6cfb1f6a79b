//! Which expressions give exactly one output, unless they fail.

use crate::syntax::ast::{Ast, Operator, Pattern, Piece, Step};

/// Whether there is exactly one output. If it cannot be told, no.
pub(super) fn is_one(ast: &Ast) -> bool {
    match ast {
        Ast::Identity
        | Ast::Number(_)
        | Ast::Format(_)
        | Ast::Array(_)
        | Ast::Variable(..)
        | Ast::Location(_) => true,
        Ast::Text(_, pieces) => pieces.iter().all(|piece| match piece {
            Piece::Text(_) => true,
            Piece::Filter(filter) => is_one(filter),
        }),
        Ast::Object(entries) => entries
            .iter()
            .all(|(name, value)| is_one(name) && is_one(value)),
        Ast::Negate(inner) => is_one(inner),
        Ast::Step(term, step, optional) => {
            !optional
                && is_one(term)
                && match &**step {
                    Step::Index(key) => is_one(key),
                    Step::Slice(from, upto) => {
                        from.as_ref().is_none_or(is_one) && upto.as_ref().is_none_or(is_one)
                    }
                    Step::Each => false,
                }
        }
        Ast::Pipe(parts) => parts.iter().all(is_one),
        Ast::Binary(operator, left, right) => match operator {
            Operator::Alternative => is_one(left) && is_one(right),
            Operator::Modify => true,
            Operator::Assign | Operator::ModifyMath(_) | Operator::ModifyAlternative => {
                is_one(right)
            }
            _ => is_one(left) && is_one(right),
        },
        Ast::Bind(source, patterns, body) => {
            is_one(source) && patterns.len() == 1 && patterns.iter().all(is_plain) && is_one(body)
        }
        Ast::Reduce(_, _, parts) => is_one(&parts[0]),
        Ast::If(condition, then, otherwise) => {
            is_one(condition)
                && is_one(then)
                && otherwise.as_ref().is_none_or(|other| is_one(other))
        }
        Ast::Call(name, arguments, _) => {
            ONE.contains(&(name.as_str(), arguments.len())) && arguments.iter().all(is_one)
        }
        _ => false,
    }
}

fn is_plain(pattern: &Pattern) -> bool {
    match pattern {
        Pattern::Variable(_) => true,
        Pattern::Array(parts) => parts.iter().all(is_plain),
        Pattern::Object(parts) => parts
            .iter()
            .all(|(key, part)| is_one(key) && is_plain(part)),
    }
}

const ONE: &[(&str, usize)] = &[
    ("null", 0),
    ("true", 0),
    ("false", 0),
    ("length", 0),
    ("not", 0),
    ("type", 0),
    ("keys", 0),
    ("tostring", 0),
    ("tojson", 0),
    ("tonumber", 0),
    ("floor", 0),
    ("add", 0),
    ("has", 1),
    ("setpath", 2),
    ("getpath", 1),
    ("delpaths", 1),
    ("contains", 1),
    ("startswith", 1),
    ("endswith", 1),
];
