//! The port through which rules ask about Secrets and ServiceAccounts; faces and tests supply it.

/// What the cluster said. A rule never guesses in place of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer<T> {
    /// It is there.
    Found(T),
    /// It is not there.
    Absent,
    /// The policy may not ask this.
    NotAllowed,
    /// Nobody answered: no cluster, a failure, a time-out.
    Unavailable,
}

/// What rules need of a ServiceAccount.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServiceAccount {
    /// Names in `imagePullSecrets`, in their order.
    pub pull_secrets: Vec<String>,
    /// Annotation `kubernetes.io/enforce-mountable-secrets: "true"`: a Secret that the account does not list cannot be
    /// used (`plugin/pkg/admission/serviceaccount/admission.go`).
    pub only_mountable_secrets: bool,
}

/// What rules need of a Secret; never its values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Secret {
    /// As in `kubernetes.io/dockerconfigjson`.
    pub kind: String,
    /// Names of the keys in `data`.
    pub keys: Vec<String>,
}

/// Who answers.
pub trait Cluster {
    /// A ServiceAccount by namespace and name.
    fn service_account(&self, namespace: &str, name: &str) -> Answer<ServiceAccount>;

    /// A Secret by namespace and name.
    fn secret(&self, namespace: &str, name: &str) -> Answer<Secret>;
}

/// No cluster: every question stays unanswered.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoCluster;

impl Cluster for NoCluster {
    fn service_account(&self, _: &str, _: &str) -> Answer<ServiceAccount> {
        Answer::Unavailable
    }

    fn secret(&self, _: &str, _: &str) -> Answer<Secret> {
        Answer::Unavailable
    }
}

/// A cluster in memory, for tests and fixtures. What was not put in is absent.
#[derive(Debug, Clone, Default)]
pub struct InMemory {
    accounts: Vec<(String, String, ServiceAccount)>,
    secrets: Vec<(String, String, Secret)>,
}

impl InMemory {
    /// Puts a ServiceAccount in.
    #[must_use]
    pub fn with_service_account(mut self, namespace: &str, name: &str, account: ServiceAccount) -> Self {
        self.accounts.push((namespace.to_owned(), name.to_owned(), account));
        self
    }

    /// Puts a Secret in.
    #[must_use]
    pub fn with_secret(mut self, namespace: &str, name: &str, secret: Secret) -> Self {
        self.secrets.push((namespace.to_owned(), name.to_owned(), secret));
        self
    }
}

fn find<T: Clone>(list: &[(String, String, T)], namespace: &str, name: &str) -> Answer<T> {
    let found = list.iter().find(|(ns, n, _)| ns == namespace && n == name);
    found.map_or(Answer::Absent, |(_, _, value)| Answer::Found(value.clone()))
}

impl Cluster for InMemory {
    fn service_account(&self, namespace: &str, name: &str) -> Answer<ServiceAccount> {
        find(&self.accounts, namespace, name)
    }

    fn secret(&self, namespace: &str, name: &str) -> Answer<Secret> {
        find(&self.secrets, namespace, name)
    }
}
