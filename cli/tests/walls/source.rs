//! The modules of one compilation target, and what each of them mentions, read from its source files.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use syn::visit::{self, Visit};

/// One module.
#[derive(Debug, Default)]
pub(crate) struct Module {
    /// Its name; the root's is the target's.
    pub(crate) name: String,
    /// The file that it is in.
    pub(crate) file: PathBuf,
    /// The module around it.
    pub(crate) parent: Option<usize>,
    /// The modules in it, by name.
    pub(crate) children: BTreeMap<String, usize>,
    /// What it defines besides modules.
    pub(crate) items: BTreeSet<String>,
    /// Names that its `use` declarations bind, with the paths that they stand for.
    pub(crate) bound: BTreeMap<String, Vec<String>>,
    /// Paths of which it takes all names.
    pub(crate) globs: Vec<Vec<String>>,
    /// Every path that it mentions, in `use` declarations and elsewhere, with its line.
    pub(crate) mentions: Vec<(Vec<String>, usize)>,
}

/// Why the source could not be read.
#[derive(Debug)]
pub(crate) struct Unreadable {
    file: PathBuf,
    why: String,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file.display(), self.why)
    }
}

/// All modules of the target that begins with this file; the root comes first. What only tests see is left out.
pub(crate) fn read(name: &str, root: &Path) -> Result<Vec<Module>, Unreadable> {
    let mut modules = vec![Module {
        name: name.to_owned(),
        file: root.to_owned(),
        ..Module::default()
    }];
    let folder = root.parent().unwrap_or(Path::new("")).to_owned();
    read_file(&mut modules, 0, &folder)?;
    Ok(modules)
}

/// Read the file of a module whose own modules' files are in `folder`.
fn read_file(modules: &mut Vec<Module>, at: usize, folder: &Path) -> Result<(), Unreadable> {
    let file = modules[at].file.clone();
    let unreadable = |why: String| Unreadable {
        file: file.clone(),
        why,
    };
    let text = fs::read_to_string(&file).map_err(|error| unreadable(error.to_string()))?;
    let parsed = syn::parse_file(&text)
        .map_err(|error| unreadable(format!("line {}: {error}", error.span().start().line)))?;
    read_items(modules, at, folder, &parsed.items)
}

fn read_items(
    modules: &mut Vec<Module>,
    at: usize,
    folder: &Path,
    items: &[syn::Item],
) -> Result<(), Unreadable> {
    for item in items {
        if let Some(name) = name_of(item) {
            modules[at].items.insert(name);
        }
        match item {
            syn::Item::Mod(module) if only_tests(&module.attrs) => {}
            syn::Item::Mod(module) => read_module(modules, at, folder, module)?,
            item => {
                if let syn::Item::Use(declaration) = item
                    && !only_tests(&declaration.attrs)
                {
                    bind(&mut modules[at], &mut Vec::new(), &declaration.tree);
                    if !matches!(declaration.vis, syn::Visibility::Inherited) {
                        // A name that is passed on: it counts for those who use it.
                        continue;
                    }
                }
                Mentions(&mut modules[at].mentions).visit_item(item);
            }
        }
    }
    Ok(())
}

fn read_module(
    modules: &mut Vec<Module>,
    parent: usize,
    folder: &Path,
    module: &syn::ItemMod,
) -> Result<(), Unreadable> {
    let name = module.ident.to_string();
    let inside = folder.join(&name);
    let file = match (&module.content, path_attribute(&module.attrs)) {
        (Some(_), _) => modules[parent].file.clone(),
        (None, Some(path)) => modules[parent].file.with_file_name("").join(path),
        (None, None) => {
            let beside = folder.join(format!("{name}.rs"));
            match beside.exists() {
                true => beside,
                false => inside.join("mod.rs"),
            }
        }
    };
    let inside = match file.file_name() {
        Some(last) if last == "mod.rs" && module.content.is_none() => file.with_file_name(""),
        _ => inside,
    };
    let at = modules.len();
    modules.push(Module {
        name: name.clone(),
        file,
        parent: Some(parent),
        ..Module::default()
    });
    modules[parent].children.insert(name, at);
    match &module.content {
        Some((_, items)) => read_items(modules, at, &inside, items),
        None => read_file(modules, at, &inside),
    }
}

/// The name that an item other than a module or a `use` declaration defines.
fn name_of(item: &syn::Item) -> Option<String> {
    let ident = match item {
        syn::Item::Const(item) => &item.ident,
        syn::Item::Enum(item) => &item.ident,
        syn::Item::Fn(item) => &item.sig.ident,
        syn::Item::Macro(item) => item.ident.as_ref()?,
        syn::Item::Static(item) => &item.ident,
        syn::Item::Struct(item) => &item.ident,
        syn::Item::Trait(item) => &item.ident,
        syn::Item::TraitAlias(item) => &item.ident,
        syn::Item::Type(item) => &item.ident,
        syn::Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(ident.to_string())
}

/// What a `use` declaration binds.
fn bind(module: &mut Module, before: &mut Vec<String>, tree: &syn::UseTree) {
    let with = |last: &syn::Ident| {
        let mut path = before.clone();
        if last != "self" || path.is_empty() {
            path.push(last.to_string());
        }
        path
    };
    match tree {
        syn::UseTree::Path(path) => {
            before.push(path.ident.to_string());
            bind(module, before, &path.tree);
            before.pop();
        }
        syn::UseTree::Name(name) => {
            let path = with(&name.ident);
            if let Some(last) = path.last().cloned() {
                module.bound.insert(last, path);
            }
        }
        syn::UseTree::Rename(rename) => {
            let path = with(&rename.ident);
            module.bound.insert(rename.rename.to_string(), path);
        }
        syn::UseTree::Glob(_) => module.globs.push(before.clone()),
        syn::UseTree::Group(group) => {
            for tree in &group.items {
                bind(module, before, tree);
            }
        }
    }
}

/// Whether an item is compiled for tests only.
fn only_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || attribute.path().is_ident("cfg")
                && matches!(&attribute.meta, syn::Meta::List(list) if list.tokens.to_string() == "test")
    })
}

fn path_attribute(attributes: &[syn::Attribute]) -> Option<String> {
    attributes
        .iter()
        .find_map(|attribute| match &attribute.meta {
            syn::Meta::NameValue(meta) if meta.path.is_ident("path") => match &meta.value {
                syn::Expr::Lit(syn::ExprLit {
                    lit: syn::Lit::Str(path),
                    ..
                }) => Some(path.value()),
                _ => None,
            },
            _ => None,
        })
}

/// Collects the paths that an item mentions.
struct Mentions<'a>(&'a mut Vec<(Vec<String>, usize)>);

impl Mentions<'_> {
    fn add(&mut self, path: Vec<String>, line: usize) {
        if !path.is_empty() {
            self.0.push((path, line));
        }
    }

    fn use_tree(&mut self, before: &mut Vec<String>, tree: &syn::UseTree) {
        match tree {
            syn::UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.use_tree(before, &path.tree);
                before.pop();
            }
            syn::UseTree::Group(group) => {
                for tree in &group.items {
                    self.use_tree(before, tree);
                }
            }
            syn::UseTree::Glob(glob) => {
                self.add(before.clone(), glob.star_token.spans[0].start().line);
            }
            syn::UseTree::Name(syn::UseName { ident })
            | syn::UseTree::Rename(syn::UseRename { ident, .. }) => {
                let mut path = before.clone();
                if ident != "self" {
                    path.push(ident.to_string());
                }
                self.add(path, ident.span().start().line);
            }
        }
    }

    /// Paths in what a macro is given, which is tokens and no syntax yet.
    fn tokens(&mut self, tokens: proc_macro2::TokenStream) {
        use proc_macro2::TokenTree;
        let (mut path, mut line, mut colons): (Vec<String>, _, _) = (Vec::new(), 0, 0);
        for token in tokens {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ':' && !path.is_empty() => {
                    colons += 1
                }
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.add(std::mem::take(&mut path), line);
                        line = ident.span().start().line;
                    }
                    path.push(ident.to_string());
                    colons = 0;
                }
                other => {
                    self.add(std::mem::take(&mut path), line);
                    colons = 0;
                    if let TokenTree::Group(group) = other {
                        self.tokens(group.stream());
                    }
                }
            }
        }
        self.add(path, line);
    }
}

impl<'ast> Visit<'ast> for Mentions<'_> {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let attributes = match item {
            syn::Item::Fn(item) => &item.attrs[..],
            syn::Item::Impl(item) => &item.attrs,
            syn::Item::Use(item) => &item.attrs,
            syn::Item::Macro(item) => &item.attrs,
            syn::Item::Struct(item) => &item.attrs,
            syn::Item::Const(item) => &item.attrs,
            _ => &[],
        };
        if !only_tests(attributes) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        if !only_tests(&function.attrs) {
            visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_item_use(&mut self, declaration: &'ast syn::ItemUse) {
        self.use_tree(&mut Vec::new(), &declaration.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string());
        let line = path
            .segments
            .first()
            .map_or(0, |first| first.ident.span().start().line);
        self.add(names.collect(), line);
        visit::visit_path(self, path);
    }

    /// `pub(in crate::a)` opens a door from within; it imports nothing.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_macro(&mut self, invocation: &'ast syn::Macro) {
        self.tokens(invocation.tokens.clone());
        visit::visit_macro(self, invocation);
    }

    /// Derives and their settings, links in documentation: not code of ours.
    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {}
}
