//! Parses expressions, with a scanner for tokens and a precedence parser.

use super::builtins::{axes, digest, facts};
use super::functions::{self, Function};
use super::{Expr, ExprNode, MAX_EXPRESSION_BYTES, MAX_EXPRESSION_DEPTH, MAX_EXPRESSION_PARTS, Operator};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::base::suggest::did_you_mean;
use crate::base::value::Value;

/// Parses an expression. `place` gives the place of the part of `text` between two offsets.
pub(crate) fn parse(text: &str, place: &dyn Fn(usize, usize) -> Span) -> Result<Expr, Box<Diagnostic>> {
    let span = place(0, text.len());
    if text.len() > MAX_EXPRESSION_BYTES {
        return Err(syntax(span, format!("the expression has more than {MAX_EXPRESSION_BYTES} bytes")).into());
    }
    let tokens = scan(text, place)?;
    if tokens.is_empty() {
        return Err(syntax(span, "the expression is empty").into());
    }
    let end = place(text.trim_end().len(), text.len());
    let mut parser =
        Parser { tokens: &tokens, at: 0, end: Span { end: end.start, ..end }, depth: 0, parts: 0 };
    let expr = parser.choice()?;
    match parser.peek() {
        None => Ok(expr),
        Some(token) => Err(parser.unexpected(token, "an operator or the end").into()),
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Number(String),
    Quoted(String),
    Symbol(&'static str),
}

/// An operator between two operands.
enum Infix {
    Or,
    And,
    Operator(Operator),
}

/// The operators that are symbols. The number is their level in [`Parser::binary`].
const OPERATORS: &[(usize, &str, Operator)] = &[
    (3, "==", Operator::Equal),
    (3, "!=", Operator::NotEqual),
    (3, "<", Operator::Less),
    (3, "<=", Operator::LessEqual),
    (3, ">", Operator::Greater),
    (3, ">=", Operator::GreaterEqual),
    (4, "~", Operator::Join),
    (4, "+", Operator::Add),
];

type Tokens = Vec<(Token, Span)>;

const SYMBOLS: &[&str] =
    &["==", "!=", "<=", ">=", "&&", "||", "<", ">", "|", "~", "+", "(", ")", "[", "]", ",", ".", "!", "="];

fn scan(text: &str, place: &dyn Fn(usize, usize) -> Span) -> Result<Tokens, Box<Diagnostic>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let length = if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        } else if c.is_ascii_alphabetic() || c == '_' {
            let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            tokens.push((Token::Word(rest[..length].to_owned()), place(at, at + length)));
            length
        } else if c.is_ascii_digit() {
            let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '.').unwrap_or(rest.len());
            tokens.push((Token::Number(rest[..length].to_owned()), place(at, at + length)));
            length
        } else if c == '"' || c == '\'' {
            let (text, length) = quoted(rest, c).ok_or_else(|| {
                syntax(place(at, text.len()), "the quoted string has no closing quote")
                    .help("add the closing quote")
            })?;
            tokens.push((Token::Quoted(text), place(at, at + length)));
            length
        } else if let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
            tokens.push((Token::Symbol(symbol), place(at, at + symbol.len())));
            symbol.len()
        } else {
            let span = place(at, at + c.len_utf8());
            let error = syntax(span, format!("unexpected character `{c}` in an expression"));
            let quote = matches!(c, '“' | '”' | '„' | '‘' | '’' | '«' | '»');
            let before = tokens.iter().rev().map(|(token, _)| token).take(2).collect::<Vec<_>>();
            let in_name = c == '-' && matches!(before[..], [Token::Word(_), Token::Symbol(".")]);
            let help = match (quote, in_name) {
                (true, _) => Some("use straight quotes: \"text\""),
                (_, true) => {
                    Some("write a property with `-` in its name in brackets: `device[\"needs-torch\"]`")
                }
                _ => None,
            };
            return Err(error.help_if(help.map(str::to_owned)).into());
        };
        at += length;
    }
    Ok(tokens)
}

/// Reads a quoted string. Returns its value and its length in bytes, with the quotes.
fn quoted(rest: &str, quote: char) -> Option<(String, usize)> {
    let mut text = String::new();
    let mut characters = rest.char_indices().skip(1);
    while let Some((at, c)) = characters.next() {
        match c {
            '\\' => match characters.next()?.1 {
                'n' => text.push('\n'),
                't' => text.push('\t'),
                other @ ('\\' | '"' | '\'') => text.push(other),
                other => text.extend(['\\', other]),
            },
            c if c == quote => return Some((text, at + 1)),
            c => text.push(c),
        }
    }
    None
}

struct Parser<'t> {
    tokens: &'t [(Token, Span)],
    at: usize,
    end: Span,
    depth: usize,
    parts: usize,
}

impl<'t> Parser<'t> {
    fn peek(&self) -> Option<&'t (Token, Span)> {
        self.tokens.get(self.at)
    }

    fn word(&mut self, expected: &str) -> Result<(&'t str, Span), Box<Diagnostic>> {
        let Some((Token::Word(word), span)) = self.peek() else { return Err(self.missing(expected)) };
        self.at += 1;
        Ok((word, *span))
    }

    fn take_symbol(&mut self, symbol: &str) -> bool {
        let found = matches!(self.peek(), Some((Token::Symbol(found), _)) if *found == symbol);
        self.at += usize::from(found);
        found
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some((Token::Word(found), _)) if found == word);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, symbol: &str) -> Result<(), Box<Diagnostic>> {
        if self.take_symbol(symbol) { Ok(()) } else { Err(self.missing(&format!("`{symbol}`"))) }
    }

    fn here(&self) -> Span {
        self.peek().map_or(self.end, |(_, span)| *span)
    }

    fn missing(&self, expected: &str) -> Box<Diagnostic> {
        match self.peek() {
            Some(token) => self.unexpected(token, expected).into(),
            None => {
                syntax(self.end, "the expression is incomplete").label(format!("expected {expected}")).into()
            }
        }
    }

    fn unexpected(&self, (token, span): &(Token, Span), expected: &str) -> Diagnostic {
        let found = match token {
            Token::Word(word) | Token::Number(word) => format!("`{word}`"),
            Token::Quoted(text) => format!("the string \"{text}\""),
            Token::Symbol(symbol) => format!("`{symbol}`"),
        };
        let error = syntax(*span, format!("unexpected {found}")).label(format!("expected {expected}"));
        match token {
            Token::Symbol("&&") => error.help("write `and`"),
            Token::Symbol("||") => error.help("write `or`"),
            Token::Symbol("!") => error.help("write `not`"),
            Token::Symbol("=") => error.help("write `==` to compare"),
            _ => error,
        }
    }

    /// Parses `a if c else b`.
    fn choice(&mut self) -> Result<Expr, Box<Diagnostic>> {
        self.depth += 1;
        if self.depth > MAX_EXPRESSION_DEPTH {
            return Err(syntax(
                self.here(),
                format!("the expression is nested deeper than {MAX_EXPRESSION_DEPTH} levels"),
            )
            .into());
        }
        let then = self.binary(0)?;
        let expr = if self.take_word("if") {
            let condition = self.binary(0)?;
            if !self.take_word("else") {
                return Err(self.missing("`else`"));
            }
            let otherwise = self.choice()?;
            let span = then.span.to(otherwise.span);
            let [condition, then, otherwise] = [condition, then, otherwise].map(Box::new);
            Expr { span, node: ExprNode::Choice { condition, then, otherwise } }
        } else {
            then
        };
        self.depth -= 1;
        Ok(expr)
    }

    /// Parses binary operators, from `or` (level 0) to `~` and `+` (level 4). Level 2 is `not`. All of them associate to the left.
    fn binary(&mut self, level: usize) -> Result<Expr, Box<Diagnostic>> {
        if level == 2 {
            let start = self.here();
            if self.take_word("not") {
                self.depth += 1;
                if self.depth > MAX_EXPRESSION_DEPTH {
                    return Err(syntax(
                        start,
                        format!("the expression is nested deeper than {MAX_EXPRESSION_DEPTH} levels"),
                    )
                    .into());
                }
                let of = self.binary(2)?;
                self.depth -= 1;
                return Ok(Expr { span: start.to(of.span), node: ExprNode::Not(Box::new(of)) });
            }
        }
        if level == 5 {
            return self.filtered();
        }
        let mut left = self.binary(level + 1)?;
        if level == 3 && self.take_word("is") {
            return self.is_default(left);
        }
        while let Some(infix) = self.infix(level) {
            self.part()?;
            let right = self.binary(level + 1)?;
            let span = left.span.to(right.span);
            let (a, b) = (Box::new(left), Box::new(right));
            let node = match infix {
                Infix::Or => ExprNode::Or(a, b),
                Infix::And => ExprNode::And(a, b),
                Infix::Operator(operator) => ExprNode::Binary(operator, a, b),
            };
            left = Expr { span, node };
            if level == 3 {
                break; // comparisons do not chain: `a < b < c` is an error
            }
        }
        Ok(left)
    }

    /// Parses the end of `axis is default` or `axis is not default`.
    fn is_default(&mut self, axis: Expr) -> Result<Expr, Box<Diagnostic>> {
        self.part()?;
        let is = !self.take_word("not");
        if !self.take_word("default") {
            return Err(self.missing("`default`"));
        }
        let span = axis.span.to(self.before());
        match &axis.node {
            ExprNode::Name(_) => Ok(Expr { span, ..axes::is_default(axis, is) }),
            _ => Err(syntax(axis.span, "`is default` follows something that is not the name of an axis")
                .help("write `device is default`")
                .into()),
        }
    }

    /// Counts an operator, a property or a filter against the limit.
    fn part(&mut self) -> Result<(), Box<Diagnostic>> {
        self.parts += 1;
        if self.parts > MAX_EXPRESSION_PARTS {
            let message = format!("the expression has more than {MAX_EXPRESSION_PARTS} parts");
            return Err(syntax(self.before(), message)
                .help("split it into vars, or use a list and `in`")
                .into());
        }
        Ok(())
    }

    fn infix(&mut self, level: usize) -> Option<Infix> {
        let (token, _) = self.peek()?;
        let infix = match (level, token) {
            (0, Token::Word(word)) if word == "or" => Infix::Or,
            (1, Token::Word(word)) if word == "and" => Infix::And,
            (3, Token::Word(word)) if word == "in" => Infix::Operator(Operator::In),
            (3, Token::Word(word)) if word == "not" => {
                let next = self.tokens.get(self.at + 1);
                if !matches!(next, Some((Token::Word(word), _)) if word == "in") {
                    return None;
                }
                self.at += 1;
                Infix::Operator(Operator::NotIn)
            }
            (3 | 4, Token::Symbol(symbol)) => {
                let known = OPERATORS.iter().find(|(at, known, _)| *at == level && known == symbol)?;
                Infix::Operator(known.2)
            }
            _ => return None,
        };
        self.at += 1;
        Some(infix)
    }

    /// Parses filters, `x | f | g(a)`, properties, `x.y`, and keys of maps, `x[y]`.
    fn filtered(&mut self) -> Result<Expr, Box<Diagnostic>> {
        let mut expr = self.primary()?;
        loop {
            if self.take_symbol(".") {
                self.part()?;
                let (name, span) = self.word("a property name")?;
                let span = expr.span.to(span);
                expr = Expr { span, node: ExprNode::Property(Box::new(expr), name.to_owned()) };
            } else if self.take_symbol("[") {
                self.part()?;
                let key = self.choice()?;
                self.expect("]")?;
                let span = expr.span.to(self.before());
                let node = match (&expr.node, key.node) {
                    // A key that is written out is the name of a property.
                    (ExprNode::Name(of), ExprNode::Literal(Value::Text(name)))
                        if of == facts::NAME || of == axes::NAME =>
                    {
                        ExprNode::Property(Box::new(expr), name.to_string())
                    }
                    (_, node) => ExprNode::Index(Box::new(expr), Box::new(Expr { node, ..key })),
                };
                expr = Expr { span, node };
            } else if self.take_symbol("|") {
                self.part()?;
                let (name, span) = self.word("a filter name")?;
                let mut arguments = vec![expr];
                let from = arguments[0].span;
                if self.take_symbol("(") {
                    arguments.extend(self.list(")")?);
                }
                expr = call(name, span, arguments, from.to(self.before()))?;
            } else {
                return Ok(expr);
            }
        }
    }

    fn primary(&mut self) -> Result<Expr, Box<Diagnostic>> {
        let Some((token, span)) = self.peek() else { return Err(self.missing("a value")) };
        let span = *span;
        let literal = |value| Ok(Expr { span, node: ExprNode::Literal(value) });
        self.at += 1;
        match token {
            Token::Number(text) | Token::Quoted(text) => literal(Value::text(text)),
            Token::Word(word) => match word.as_str() {
                "true" => literal(Value::Bool(true)),
                "false" => literal(Value::Bool(false)),
                "and" | "or" | "not" | "in" | "if" | "else" => {
                    self.at -= 1;
                    Err(self.missing("a value"))
                }
                name if self.take_symbol("(") => {
                    let arguments = self.list(")")?;
                    call(name, span, arguments, span.to(self.before()))
                }
                name => Ok(Expr { span, node: ExprNode::Name(name.to_owned()) }),
            },
            Token::Symbol("(") => {
                let inner = self.choice()?;
                self.expect(")")?;
                Ok(Expr { span: span.to(self.before()), ..inner })
            }
            Token::Symbol("[") => {
                let items = self.list("]")?;
                Ok(Expr { span: span.to(self.before()), node: ExprNode::List(items) })
            }
            Token::Symbol(_) => {
                self.at -= 1;
                Err(self.missing("a value"))
            }
        }
    }

    /// Parses expressions with commas between them, up to and including the closing bracket.
    fn list(&mut self, close: &str) -> Result<Vec<Expr>, Box<Diagnostic>> {
        let mut items = Vec::new();
        while !self.take_symbol(close) {
            items.push(self.choice()?);
            if !self.take_symbol(",") {
                self.expect(close)?;
                break;
            }
        }
        Ok(items)
    }

    /// The place of the token before the current one.
    fn before(&self) -> Span {
        self.tokens.get(self.at.wrapping_sub(1)).map_or(self.end, |(_, span)| *span)
    }
}

/// The call of a function. That of `digest` is a key of the map of digests.
fn call(name: &str, at: Span, mut arguments: Vec<Expr>, span: Span) -> Result<Expr, Box<Diagnostic>> {
    let function = function(name, at, arguments.len())?;
    let node = match arguments.pop() {
        Some(reference) if name == digest::FUNCTION => {
            let table = Expr { span: at, node: ExprNode::Name(digest::TABLE.to_owned()) };
            ExprNode::Index(Box::new(table), Box::new(reference))
        }
        last => {
            arguments.extend(last);
            ExprNode::Call(function, arguments)
        }
    };
    Ok(Expr { span, node })
}

fn function(name: &str, span: Span, arguments: usize) -> Result<&'static Function, Box<Diagnostic>> {
    let Some(function) = functions::named(name) else {
        let names = functions::ALL.iter().map(|function| function.name);
        let error = Diagnostic::error(Code::BadCall, span, format!("unknown function `{name}`"));
        return Err(error.help_if(did_you_mean(name, names)).into());
    };
    if !function.arguments.contains(&arguments) {
        let many = if arguments > *function.arguments.end() { "too many" } else { "too few" };
        let error = Diagnostic::error(Code::BadCall, span, format!("`{name}` has {many} arguments"));
        return Err(error.help(format!("write `{}`", function.usage)).into());
    }
    Ok(function)
}

fn syntax(span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(Code::ExpressionSyntax, span, message)
}
