//! A tree into JSON text: aliases expanded, merge keys applied, the last of two equal keys kept, all of it bounded.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::error::ReadProblem;
use super::scalar::write_string;
use super::tree::{Kind, Mapping, NodeId, Tree};
use super::yaml::Failure;

/// What is left of the limits of a stream.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    pub(super) depth: usize,
    pub(super) nodes: usize,
    pub(super) bytes: usize,
}

/// One member of a mapping as JSON sees it.
pub(super) struct Member<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) key: NodeId,
    pub(super) value: NodeId,
}

/// Writes nodes of one tree.
pub(super) struct Emitter<'a> {
    tree: &'a Tree,
    budget: Budget,
    out: String,
    visited: usize,
    by_alias: usize,
    alias_depth: usize,
    open: HashSet<NodeId>,
    depth: usize,
}

/// kubectl's bound: up to this many decoded nodes 99 % may come from aliases, from the second number on 10 %.
const RATIO_LOW: usize = 400_000;
const RATIO_HIGH: usize = 4_000_000;

impl<'a> Emitter<'a> {
    pub(super) fn new(tree: &'a Tree, budget: Budget) -> Self {
        Self {
            tree,
            budget,
            out: String::new(),
            visited: 0,
            by_alias: 0,
            alias_depth: 0,
            open: HashSet::new(),
            depth: 0,
        }
    }

    /// The JSON text of a node, and how many nodes that visited.
    pub(super) fn json(mut self, id: NodeId) -> Result<(String, usize), Failure> {
        self.node(id)?;
        Ok((self.out, self.visited))
    }

    fn fail(&self, id: NodeId, problem: ReadProblem) -> Failure {
        Failure { offset: self.tree.get(id).map_or(0, |node| node.start), problem }
    }

    #[expect(clippy::cast_precision_loss, reason = "a ratio of counts far below 2^52")]
    fn visit(&mut self, id: NodeId) -> Result<(), Failure> {
        self.visited += 1;
        self.by_alias += usize::from(self.alias_depth > 0);
        if self.by_alias > 100 && self.visited > 1000 {
            let span = (RATIO_HIGH - RATIO_LOW) as f64;
            let beyond = (self.visited.clamp(RATIO_LOW, RATIO_HIGH) - RATIO_LOW) as f64;
            if self.by_alias as f64 / self.visited as f64 > 0.99 - 0.89 * (beyond / span) {
                return Err(self.fail(id, ReadProblem::Aliasing));
            }
        }
        if self.visited > self.budget.nodes {
            return Err(self.fail(id, ReadProblem::Nodes(self.budget.nodes)));
        }
        if self.out.len() > self.budget.bytes {
            return Err(self.fail(id, ReadProblem::Expanded(self.budget.bytes)));
        }
        Ok(())
    }

    fn enter(&mut self, id: NodeId) -> Result<(), Failure> {
        self.depth += 1;
        if self.depth > self.budget.depth { Err(self.fail(id, ReadProblem::Depth(self.budget.depth))) } else { Ok(()) }
    }

    fn enter_alias(&mut self, id: NodeId) -> Result<(), Failure> {
        if !self.open.insert(id) {
            return Err(self.fail(id, ReadProblem::Recursive));
        }
        self.alias_depth += 1;
        Ok(())
    }

    fn leave_alias(&mut self, id: NodeId) {
        self.alias_depth -= 1;
        self.open.remove(&id);
    }

    fn node(&mut self, id: NodeId) -> Result<(), Failure> {
        self.visit(id)?;
        let tree = self.tree;
        match tree.get(id).map(|node| &node.kind) {
            Some(Kind::Scalar { value, .. }) => {
                value.write_json(&mut self.out).map_err(|problem| self.fail(id, problem))
            }
            Some(Kind::Alias(target)) => {
                self.enter_alias(id)?;
                self.node(*target)?;
                self.leave_alias(id);
                Ok(())
            }
            Some(Kind::Sequence { items, .. }) => {
                self.enter(id)?;
                self.out.push('[');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        self.out.push(',');
                    }
                    self.node(*item)?;
                }
                self.out.push(']');
                self.depth -= 1;
                Ok(())
            }
            Some(Kind::Mapping(mapping)) => {
                self.enter(id)?;
                self.out.push('{');
                for (at, member) in self.members(mapping)?.into_iter().enumerate() {
                    if at > 0 {
                        self.out.push(',');
                    }
                    write_string(&member.name, &mut self.out);
                    self.out.push(':');
                    self.node(member.value)?;
                }
                self.out.push('}');
                self.depth -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// The members of a mapping, each name once: a later one replaces an earlier one, merged ones at their place too.
    pub(super) fn members(&mut self, mapping: &'a Mapping) -> Result<Vec<Member<'a>>, Failure> {
        let mut all = Vec::with_capacity(mapping.entries.len());
        self.collect(mapping, &mut all)?;
        let mut last: HashMap<&str, usize> = HashMap::with_capacity(all.len());
        for (at, member) in all.iter().enumerate() {
            last.insert(&member.name, at);
        }
        if last.len() == all.len() {
            return Ok(all);
        }
        let mut kept: Vec<usize> = last.into_values().collect();
        kept.sort_unstable();
        let mut kept = kept.into_iter().peekable();
        let members = all.into_iter().enumerate().filter_map(|(at, member)| kept.next_if_eq(&at).map(|_| member));
        Ok(members.collect())
    }

    fn collect(&mut self, mapping: &'a Mapping, all: &mut Vec<Member<'a>>) -> Result<(), Failure> {
        for (key, value) in &mapping.entries {
            if self.tree.is_merge(*key) {
                self.merge(*value, all, true)?;
                continue;
            }
            self.visit(*key)?;
            let name = self.tree.key_text(*key).ok_or_else(|| self.fail(*key, ReadProblem::Key))?;
            all.push(Member { name, key: *key, value: *value });
        }
        Ok(())
    }

    fn merge(&mut self, id: NodeId, all: &mut Vec<Member<'a>>, list: bool) -> Result<(), Failure> {
        self.visit(id)?;
        let tree = self.tree;
        let want_map = |this: &Self| this.fail(id, ReadProblem::Merge);
        match tree.get(id).map(|node| &node.kind) {
            Some(Kind::Mapping(mapping)) => {
                self.enter(id)?;
                self.collect(mapping, all)?;
                self.depth -= 1;
            }
            Some(Kind::Alias(target)) => {
                let Some(Kind::Mapping(_)) = tree.get(*target).map(|node| &node.kind) else {
                    return Err(want_map(self));
                };
                self.enter_alias(id)?;
                self.merge(*target, all, false)?;
                self.leave_alias(id);
            }
            // Earlier mappings of the list take precedence, so they come last.
            Some(Kind::Sequence { items, .. }) if list => {
                for item in items.iter().rev() {
                    self.merge(*item, all, false)?;
                }
            }
            _ => return Err(want_map(self)),
        }
        Ok(())
    }
}
