//! Which incidents jobs are about that name something else: a page, a prompt, a channel.

use sqlx::{Error, PgConnection};
use uuid::Uuid;

use domain::IncidentId;

/// What a job names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A request for access to an incident.
    AccessRequest(Uuid),
    /// A prompt in a channel.
    Question(Uuid),
    /// A page.
    Page(Uuid),
    /// What is published on Statuspage.
    Published(Uuid),
    /// A channel of an incident, by Slack's id.
    Channel(String),
}

/// The incidents that these jobs are about, in one query. A job whose subject belongs to none is left out.
pub async fn incidents(
    conn: &mut PgConnection,
    subjects: &[(Uuid, Subject)],
) -> Result<Vec<(Uuid, IncidentId)>, Error> {
    if subjects.is_empty() {
        return Ok(Vec::new());
    }
    let mut columns = Columns::default();
    for (job, subject) in subjects {
        columns.add(*job, subject);
    }
    let found = sqlx::query!(
        r#"SELECT s.job AS "job!",
                  COALESCE(request.incident_id, question.incident_id, page.incident_id, published.incident_id,
                           incident.id) AS incident
           FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[])
                AS s (job, request, question, page, published, channel)
           LEFT JOIN access_requests request ON request.id = s.request
           LEFT JOIN prompts question ON question.id = s.question
           LEFT JOIN pages page ON page.id = s.page
           LEFT JOIN statuspage_published published ON published.id = s.published
           LEFT JOIN incidents incident ON incident.channel_id = s.channel"#,
        &columns.jobs,
        &columns.requests as &[Option<Uuid>],
        &columns.questions as &[Option<Uuid>],
        &columns.pages as &[Option<Uuid>],
        &columns.published as &[Option<Uuid>],
        &columns.channels as &[Option<String>],
    )
    .fetch_all(conn)
    .await?;
    let found = found
        .into_iter()
        .filter_map(|row| Some((row.job, IncidentId(row.incident?))));
    Ok(found.collect())
}

/// The subjects, turned on their side for `unnest`.
#[derive(Default)]
struct Columns {
    jobs: Vec<Uuid>,
    requests: Vec<Option<Uuid>>,
    questions: Vec<Option<Uuid>>,
    pages: Vec<Option<Uuid>>,
    published: Vec<Option<Uuid>>,
    channels: Vec<Option<String>>,
}

impl Columns {
    fn add(&mut self, job: Uuid, subject: &Subject) {
        let (mut request, mut question, mut page, mut published, mut channel) = (None, None, None, None, None);
        match subject {
            Subject::AccessRequest(id) => request = Some(*id),
            Subject::Question(id) => question = Some(*id),
            Subject::Page(id) => page = Some(*id),
            Subject::Published(id) => published = Some(*id),
            Subject::Channel(id) => channel = Some(id.clone()),
        }
        self.jobs.push(job);
        self.requests.push(request);
        self.questions.push(question);
        self.pages.push(page);
        self.published.push(published);
        self.channels.push(channel);
    }
}
